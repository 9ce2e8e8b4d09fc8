// The worker thread that owns the SQLite file: big commits do not hold up the event loop of the service.
import { parentPort, workerData } from 'node:worker_threads';
import { FaultError, type FaultKind } from '@waybill/kernel';
import { type Durability, openProjectionDatabase, type ProjectionDatabase } from './database.ts';

/** A call of one of the database's methods; an answer carries the same number. */
export interface WorkerRequest {
  readonly number: number;
  readonly method: keyof ProjectionDatabase;
  readonly arguments: readonly unknown[];
}

export interface WorkerFailure {
  readonly kind: FaultKind;
  readonly message: string;
  readonly code?: string;
}

/** The first answer, number 0, says whether the file could be opened. */
export interface WorkerAnswer {
  readonly number: number;
  readonly value?: unknown;
  readonly failure?: WorkerFailure;
}

export interface WorkerSettings {
  readonly file: string;
  readonly durability: Durability;
}

serve(workerData as WorkerSettings);

function serve({ file, durability }: WorkerSettings): void {
  const port = parentPort!;
  const opened = attempt(() => openProjectionDatabase(file, durability));
  port.postMessage({ number: 0, failure: opened.failure } satisfies WorkerAnswer);
  const database = opened.value;
  if (!database) return;
  port.on('message', (request: WorkerRequest) => {
    const method = database[request.method] as (...values: readonly unknown[]) => unknown;
    port.postMessage({ number: request.number, ...attempt(() => method(...request.arguments)) } satisfies WorkerAnswer);
    if (request.method === 'close') port.close();
  });
}

function attempt<Value>(work: () => Value): { value?: Value; failure?: WorkerFailure } {
  try {
    return { value: work() };
  } catch (thrown) {
    return { failure: failureOf(thrown) };
  }
}

/** What SQLite reports may pass; anything else is a mistake of ours. */
function failureOf(thrown: unknown): WorkerFailure {
  if (thrown instanceof FaultError) return { kind: thrown.fault.kind, message: thrown.fault.message };
  const { message = String(thrown), errcode } = thrown as { message?: string; errcode?: number };
  return errcode === undefined ? { kind: 'internal', message } : { kind: 'unavailable', message, code: `${errcode}` };
}
