import { type Fault, fault } from '@waybill/kernel';

/** What is wrong in something people wrote, where, and how to mend it. */
export interface Problem {
  /** Such as `models[0].prices[1].input`. */
  readonly path: string;
  readonly message: string;
}

export type Report = (path: string, message: string) => void;

/** One `invalid` fault for all problems: a line each in its message, the first path as detail `field`. */
export function faultOfProblems(problems: readonly Problem[]): Fault {
  const message = problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n');
  return fault('invalid', message, { details: { field: problems[0]?.path ?? '' } });
}
