// A server that a test starts for itself: its own folder below the system's temporary one, ended by its own process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that `remove` deletes; a caller's own folder is left alone, so that a server can be started on it again. */
export function serverFolder(name: string, given?: string): { path: string; remove(): void } {
  if (given !== undefined) return { path: given, remove: () => {} };
  const path = mkdtempSync(join(tmpdir(), `waybill-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

export interface ServerProcess {
  pid: number;
  /** Asks it to stop, and kills it after 10 s. */
  stop(): Promise<void>;
  /** Ends it as a crash would: SIGKILL, nothing flushed. */
  kill(): Promise<void>;
}

/**
 * Starts `program` and waits until `readiness` gives a value; asked again every 20 ms.
 * Rejects with the end of the server's output if it exits first or needs more than 30 s.
 * A detached one does not hear a terminal's Ctrl-C, and ends with this process all the same.
 */
export async function startServer<Ready>(
  program: string,
  args: readonly string[],
  readiness: (output: string) => Ready | undefined,
  { detached = false }: { detached?: boolean } = {},
): Promise<ServerProcess & { ready: Ready }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached });
  if (detached) process.once('exit', () => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-100_000);
    });
  }
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const deadline = Date.now() + 30_000;
  for (;;) {
    const ready = readiness(output);
    if (ready !== undefined) return { ...endings(child), ready };
    const reason = failure?.message ?? (hasExited(child) ? `exited with ${child.exitCode}` : undefined);
    if (reason !== undefined || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${program}: ${reason ?? 'not ready after 30 s'}\n${output.slice(-2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function endings(child: ChildProcess): ServerProcess {
  const end = async (signal: NodeJS.Signals) => {
    if (hasExited(child)) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(killer);
  };
  return { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
