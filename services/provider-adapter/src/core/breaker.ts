// A circuit breaker: stops sending to a target that keeps failing, and finds out soon when it is back.

export interface Breaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Failures in a row while closed; times it opened in a row otherwise. */
  readonly failures: number;
  /** When an open breaker lets a probe through, milliseconds of the steady clock. */
  readonly retryAtMs: number;
}

export const closedBreaker: Breaker = { state: 'closed', failures: 0, retryAtMs: 0 };

const failuresToOpen = 5;
const firstPauseMs = 1000;
const longestPauseMs = 20_000;

export type Passage =
  | { readonly passes: true; readonly breaker: Breaker }
  | { readonly passes: false; readonly waitMs: number };

/** Whether an attempt may go; an open breaker whose pause is over lets exactly one probe through. */
export function enter(breaker: Breaker, nowMs: number): Passage {
  if (breaker.state === 'closed') return { passes: true, breaker };
  if (nowMs < breaker.retryAtMs) return { passes: false, waitMs: Math.ceil(breaker.retryAtMs - nowMs) };
  const probing = { ...breaker, state: 'half_open', retryAtMs: nowMs + pauseOf(breaker.failures) } as const;
  return { passes: true, breaker: probing };
}

/** One good answer closes it, whatever it was. */
export function succeed(): Breaker {
  return closedBreaker;
}

/** The target failed by its own fault. */
export function fail(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state === 'closed') {
    const failures = breaker.failures + 1;
    if (failures < failuresToOpen) return { ...breaker, failures };
    return { state: 'open', failures: 1, retryAtMs: nowMs + pauseOf(1) };
  }
  const openings = breaker.state === 'half_open' ? breaker.failures + 1 : breaker.failures;
  return { state: 'open', failures: openings, retryAtMs: nowMs + pauseOf(openings) };
}

function pauseOf(openings: number): number {
  return Math.min(firstPauseMs * 2 ** (openings - 1), longestPauseMs);
}
