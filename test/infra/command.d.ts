export declare const repositoryRoot: string;
export declare const cacheDirectory: string;
export interface CommandResult {
  succeeded: boolean;
  /** Standard output and standard error, and why it could not run to its end, if so. */
  output: string;
}
export interface CommandOptions {
  cwd?: string;
  environment?: Record<string, string>;
  /** After this the program is killed and counts as failed. */
  timeoutMs?: number;
}
export declare function run(program: string, args: readonly string[], options?: CommandOptions): CommandResult;
/** Runs the command that an installed package brings, under this Node. */
export declare function runPackageCommand(
  file: string,
  args: readonly string[],
  options?: CommandOptions,
): CommandResult;
