// The main thread's side of a worker that answers in the order it is asked.
import { Worker } from 'node:worker_threads';
import { type Fault, FaultError, fault, type Result } from '@waybill/kernel';
import { logClosed } from '../log-faults.ts';

export type ChannelMessage<Answer> = Result<Answer>;

export interface WorkerChannel<Ask, Answer> {
  /** Rejects with a FaultError when the worker answers with a fault, is closed or has died. */
  ask(ask: Ask, transferred?: ArrayBuffer[]): Promise<Answer>;
  /** Lets the worker finish what it was asked and end. */
  close(): Promise<void>;
}

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: FaultError): void;
}

/** Starts the worker and waits until it has opened what it serves; rejects with its fault when it cannot. */
export async function openChannel<Setup, Ask, Answer>(script: URL, setup: Setup): Promise<WorkerChannel<Ask, Answer>> {
  // Flags of the process, such as a telemetry preload, are not for the worker.
  const worker = new Worker(script, { workerData: setup, execArgv: [] });
  const waiting: Waiting<Answer>[] = [];
  let ended: Fault | undefined;

  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const end = (reason: Fault) => {
    ended ??= reason;
    for (const { reject } of waiting.splice(0)) reject(new FaultError(ended));
  };
  worker.on('message', (message: ChannelMessage<Answer>) => {
    const next = waiting.shift();
    if (message.ok) next?.resolve(message.value);
    else next?.reject(new FaultError(message.fault));
  });
  worker.on('error', (cause) => end(fault('unavailable', 'the thread of the event log has died', { cause })));
  worker.on('exit', () => end(logClosed()));

  const answer = () => new Promise<Answer>((resolve, reject) => waiting.push({ resolve, reject }));

  await answer();
  return {
    ask: (ask, transferred = []) => {
      if (ended) return Promise.reject(new FaultError(ended));
      worker.postMessage(ask, transferred);
      return answer();
    },
    close: () => {
      if (!ended) worker.postMessage('close');
      return exited;
    },
  };
}
