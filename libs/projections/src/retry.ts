// Trying again what a store or the log could not do just now.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Wait before the second try, milliseconds; it doubles up to a hundred times as much. */
  readonly firstDelayMs: number;
  /** Told of each failure that is tried again. */
  readonly onFailure: (failure: Fault, delayMs: number) => void;
}

/**
 * Does the work until it succeeds; it is told how often it was tried before. Throws what it threw when trying again
 * cannot help (anything but `unavailable` and `timeout`), and an AbortError when the signal aborts.
 */
export async function retrying<Value>(
  work: (triedBefore: number) => Promise<Value>,
  options: RetryOptions,
): Promise<Value> {
  for (let tried = 0; ; tried += 1) {
    options.signal?.throwIfAborted();
    try {
      return await work(tried);
    } catch (thrown) {
      const failure = faultOf(thrown);
      if (failure.kind !== 'unavailable' && failure.kind !== 'timeout') throw thrown;
      const delayMs = options.firstDelayMs * Math.min(2 ** tried, 100);
      options.onFailure(failure, delayMs);
      await sleep(delayMs, undefined, { signal: options.signal });
    }
  }
}
