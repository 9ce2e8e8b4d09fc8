// Runs a program of the tool chain in the repository, in its own process, and hands back what it printed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '../..');
export const cacheDirectory = join(repositoryRoot, '.cache');

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

export function run(program: string, args: readonly string[], options: CommandOptions = {}): CommandResult {
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, ...options.environment },
    timeout: options.timeoutMs ?? 10 * 60_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const reason = result.error ? `${program}: ${result.error.message}\n` : '';
  return { succeeded: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}${reason}` };
}

/** Runs the command that an installed package brings, under this Node. */
export function runPackageCommand(file: string, args: readonly string[], options: CommandOptions = {}): CommandResult {
  return run(process.execPath, [join(repositoryRoot, 'node_modules', file), ...args], options);
}
