// Asks a neighbour again while it is away, for as long as its answer may take.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, faultOf } from '@waybill/kernel';
import type { CallOptions } from '@waybill/rpc';

export interface AskOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** For all tries together, milliseconds. */
  readonly timeoutMs: number;
  /** Nobody waits for the answer any more: it is not asked for again. */
  readonly signal: AbortSignal;
}

const firstPauseMs = 25;
const longestPauseMs = 400;

/** Only for questions that may be asked twice. Throws what the last try failed with. */
export async function ask<Answer>(
  question: (options: CallOptions) => Promise<Answer>,
  { clock, timeoutMs, signal }: AskOptions,
): Promise<Answer> {
  const endsAtMs = clock.monotonicMs() + timeoutMs;
  let leftMs = timeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await question({ timeoutMs: leftMs });
    } catch (thrown) {
      leftMs = Math.floor(endsAtMs - clock.monotonicMs() - pauseMs);
      if (faultOf(thrown).kind !== 'unavailable' || leftMs <= 0 || signal.aborted) throw thrown;
      await sleep(pauseMs, undefined, { signal }).catch(() => Promise.reject(thrown));
    }
  }
}
