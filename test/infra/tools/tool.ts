import type { CommandResult } from '../command.ts';

export interface Tool {
  name: string;
  /** Where the program is once it is provisioned; nothing is looked for elsewhere. */
  program: string;
  /** What somebody can do whose machine could not provision it. */
  howToGet: string;
  /** Arguments with which the program says which version it is, and succeeds; default `--version`. */
  versionArguments?: readonly string[];
  /** Puts the program into an empty folder that becomes the folder of `program`. */
  install(folder: string): CommandResult;
}

/** Of programs, on this system. */
export const extension = process.platform === 'win32' ? '.exe' : '';
