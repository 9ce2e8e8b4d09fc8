import { type PlantedBug } from './patch.ts';
export interface BugOutcome {
  name: string;
  isCaught: boolean;
  /** Why it is not caught; empty if it is. */
  reason: string;
}
/** The bugs of this folder whose names contain one of `names`, or all. */
export declare function readPlantedBugs(names?: readonly string[]): PlantedBug[];
export declare function runPlantedBugs(bugs?: readonly PlantedBug[]): Promise<BugOutcome[]>;
