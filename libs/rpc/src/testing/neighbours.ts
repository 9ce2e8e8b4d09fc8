// Servers in processes of their own, to be killed and paused; all are gone after each test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';

const script = fileURLToPath(new URL('./limit-server.ts', import.meta.url));

/** A server that answers every call but those with the id `held`. */
export interface Neighbour {
  readonly address: string;
  readonly port: number;
  /** Resolves when it holds another call. */
  holds(): Promise<unknown>;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
}

export function neighbours() {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  return {
    async start(port = 0): Promise<Neighbour> {
      const child = spawn(process.execPath, [script, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const lines = createInterface({ input: child.stdout });
      const [line] = (await once(lines, 'line')) as [string];
      return {
        address: `127.0.0.1:${line}`,
        port: Number(line),
        holds: () => once(lines, 'line'),
        pause: () => void child.kill('SIGSTOP'),
        resume: () => void child.kill('SIGCONT'),
        async kill() {
          child.kill('SIGKILL');
          await once(child, 'exit');
        },
      };
    },
  };
}
