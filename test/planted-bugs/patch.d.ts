export interface PlantedBug {
  /** Of the patch file, without `.patch`. */
  name: string;
  /** Test files, from the root of the repository; at least one test of each has to fail. */
  turnsRed: string[];
  /** A unified diff with paths from the root of the repository. */
  diff: string;
}
/**
 * Reads a patch file: prose, then one line `Turns red: <spec> <spec> ...`, then what `git diff` printed.
 * Throws if it names no spec or changes nothing.
 */
export declare function parsePlantedBug(name: string, text: string): PlantedBug;
