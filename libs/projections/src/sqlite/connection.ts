// The service's end of the worker thread: calls by number, answers in order.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FaultError, fault } from '@waybill/kernel';
import type { ProjectionDatabase } from './database.ts';
import type { WorkerAnswer, WorkerFailure, WorkerRequest, WorkerSettings } from './worker.ts';

export interface Connection {
  /** Calls a method of the database in the worker. Throws a FaultError, `unavailable` when SQLite fails. */
  call<Method extends keyof ProjectionDatabase>(
    method: Method,
    ...values: Parameters<ProjectionDatabase[Method]>
  ): Promise<ReturnType<ProjectionDatabase[Method]>>;
  /** Finishes what was asked for before, then lets go of the file. Safe to call twice. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: FaultError) => void;
}

/** Starts the worker and opens the file. Throws an `unavailable` fault that names the file and the fix. */
export async function connect(settings: WorkerSettings): Promise<Connection> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  const [opened] = (await once(worker, 'message')) as [WorkerAnswer];
  if (opened.failure) {
    const fix = 'check its rights, or move it away: it is built again from the event log';
    throw storeFault(settings.file, { ...opened.failure, message: `${opened.failure.message}; ${fix}` });
  }
  return connectionTo(worker, settings.file);
}

function connectionTo(worker: Worker, file: string): Connection {
  const waiting = new Map<number, Waiting>();
  let number = 0;
  let ended: FaultError | undefined;
  let closing: Promise<void> | undefined;
  const end = (message: string) => {
    ended ??= storeFault(file, { kind: 'unavailable', message });
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (answer: WorkerAnswer) => {
    const { resolve, reject } = waiting.get(answer.number)!;
    waiting.delete(answer.number);
    if (answer.failure) reject(storeFault(file, answer.failure));
    else resolve(answer.value);
  });
  worker.on('error', (error) => end(`its worker thread failed: ${error.message}`));
  worker.on('exit', () => end('it is closed'));
  const send = (method: WorkerRequest['method'], values: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (ended) return reject(ended);
      number += 1;
      waiting.set(number, { resolve, reject });
      worker.postMessage({ number, method, arguments: values } satisfies WorkerRequest);
    });
  return {
    call: (method, ...values) => send(method, values) as Promise<never>,
    close() {
      closing ??= ended ? Promise.resolve() : send('close', []).then(() => end('it is closed'));
      return closing;
    },
  };
}

function storeFault(file: string, { kind, message, code }: WorkerFailure): FaultError {
  const details = { file, ...(code ? { sqlite_code: code } : {}) };
  const where = kind === 'unavailable' ? `the projection store ${file} cannot be used: ` : '';
  return new FaultError(fault(kind, `${where}${message}`, { details }));
}
