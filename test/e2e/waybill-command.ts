// Runs the `waybill` command to its end, in a process of its own and with an environment of its own.
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '../infra/command.ts';

export interface CommandEnd {
  /** Exit code; 1 as well when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it looks for `waybill.yaml` and `.env`; default the system's temporary folder, which has none. */
  readonly folder?: string;
  /** It is killed after this; default 60,000. */
  readonly withinMs?: number;
}

/** Halves the start of a process; the same that `npm start` uses. */
export const compileCache = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(cacheDirectory, 'compile') };

const commandFile = fileURLToPath(import.meta.resolve('@waybill/standalone/cli'));

export function runWaybill(words: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  const { environment = {}, folder = tmpdir(), withinMs = 60_000 } = options;
  const settings = {
    env: { ...compileCache, ...environment },
    cwd: folder,
    timeout: withinMs,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [commandFile, ...words], settings as object, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout: String(stdout), stderr: String(stderr) });
    });
  });
}
