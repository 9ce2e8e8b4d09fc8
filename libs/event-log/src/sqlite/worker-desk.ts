// The worker's side of a channel: answers what the main thread asks, in order.
import { parentPort, workerData } from 'node:worker_threads';
import { type Fault, faultOf } from '@waybill/kernel';
import type { ChannelMessage } from './worker-channel.ts';

export interface Desk<Ask, Answer> {
  answer(ask: Ask): Answer;
  /** What the answer carries that need not be copied. */
  transferred?(answer: Answer): ArrayBuffer[];
  /** Called when an answer is on its way. */
  tidy?(): void;
  close(): void;
}

/** Opens the desk with the worker's setup, says so or why not, and serves until it is told to close. */
export function serve<Setup, Ask, Answer>(
  open: (setup: Setup) => Desk<Ask, Answer>,
  faultFor: (thrown: unknown) => Fault = faultOf,
): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the entry of a worker thread');
  const say = (message: ChannelMessage<Answer | undefined>, transferred: ArrayBuffer[] = []) =>
    port.postMessage(message, transferred);
  try {
    const desk = open(workerData as Setup);
    port.on('message', (ask: Ask | 'close') => {
      if (ask === 'close') {
        desk.close();
        port.close();
        return;
      }
      try {
        const value = desk.answer(ask);
        say({ ok: true, value }, desk.transferred?.(value));
      } catch (error) {
        say({ ok: false, fault: faultFor(error) });
      }
      desk.tidy?.();
    });
    say({ ok: true, value: undefined });
  } catch (error) {
    say({ ok: false, fault: faultOf(error) });
  }
}
