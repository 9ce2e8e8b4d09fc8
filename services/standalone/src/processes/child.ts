// A child of this process that runs one of our own files and says on standard output when it is ready.
import { type ChildProcess, spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** File URL of a TypeScript entry point. */
  readonly entry: URL;
  readonly arguments?: readonly string[];
  /** Its whole environment; it does not inherit ours. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Finds what it is waited for in everything printed so far; undefined while it is not there. */
  readonly ready: (printed: string) => string | undefined;
  /** Default 20,000. */
  readonly readyWithinMs?: number;
  /** Keeps a terminal's Ctrl-C from it, for who stops it in an order of its own. */
  readonly detached?: boolean;
  /** Where its standard error goes; the last part is kept for the message of a failed start in any case. */
  readonly onError?: (text: string) => void;
}

export interface Child {
  readonly pid: number;
  /** What `ready` found. */
  readonly answer: string;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Ends it without any warning, as a crash would. */
  kill(): Promise<void>;
  /** Asks it to stop and waits until it has; kills it after the time given. */
  stop(withinMs?: number): Promise<void>;
}

const errorKept = 4000;

/** No child outlives this process. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts it; rejects with its own words when it ends, or is not ready, before it is. */
export function startChild(options: ChildOptions): Promise<Child> {
  const { entry, ready, readyWithinMs = 20_000 } = options;
  const child = spawn(process.execPath, [fileURLToPath(entry), ...(options.arguments ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    // Not our own environment: no key of a real provider may reach a child.
    env: { NODE_COMPILE_CACHE: getCompileCacheDir() ?? '', ...options.environment },
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  alive.add(child);
  exited.then(() => alive.delete(child));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-errorKept);
    options.onError?.(text);
  });
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${fileURLToPath(entry)} ${why}\n${errors}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
    exited.then((code) => fail(`ended with ${code} before it was ready`));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const answer = ready(printed);
      if (answer === undefined) return;
      clearTimeout(timer);
      child.stdout.removeAllListeners('data').resume();
      resolve(handleOf(child, answer, exited));
    });
  });
}

function handleOf(child: ChildProcess, answer: string, exited: Promise<number | string>): Child {
  return {
    pid: child.pid ?? 0,
    answer,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop(withinMs = 15_000) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
