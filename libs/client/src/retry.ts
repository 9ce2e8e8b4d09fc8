// When a call may be made again, and after how long.
import type { Fault } from '@waybill/kernel';
import { wasNotSent } from '@waybill/rpc';

export interface Attempt {
  /** What the last try ended with. */
  readonly fault: Fault;
  /** Tries so far. */
  readonly tries: number;
  /** Whether to wait for a limit that says when it has room. */
  readonly waitForLimits: boolean;
}

const triesMax = 5;
const firstPauseMs = 100;

/**
 * Milliseconds until the next try; undefined when there is to be none. Only a call that nobody began is made again: one
 * that never left this process or that the gateway refused unread, and, where that is asked for, one that was refused
 * by a limit. The gateway itself repeats what a provider failed at; to do so here too would pay for it twice.
 */
export function pauseBeforeRetryMs({ fault, tries, waitForLimits }: Attempt): number | undefined {
  if (fault.kind === 'limited') return waitForLimits ? fault.retryAfterMs : undefined;
  if (fault.kind !== 'unavailable' || !wasNotSent(fault) || tries >= triesMax) return undefined;
  return firstPauseMs * 2 ** (tries - 1);
}
