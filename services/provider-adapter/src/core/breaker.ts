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

/** Whether `enter` would let an attempt pass, milliseconds until it would; 0 when it does. */
export function waitFor({ state, retryAtMs }: Breaker, nowMs: number): number {
  return state === 'closed' ? 0 : Math.max(0, Math.ceil(retryAtMs - nowMs));
}

/** The target was seen to answer: an open breaker lets its probe through now. */
export function makeDue(breaker: Breaker, nowMs: number): Breaker {
  return breaker.state === 'open' ? { ...breaker, retryAtMs: Math.min(breaker.retryAtMs, nowMs) } : breaker;
}

/** The target cannot be reached at all: no call is spent on finding that out before then. */
export function postpone(breaker: Breaker, untilMs: number): Breaker {
  return breaker.state === 'closed' ? breaker : { ...breaker, retryAtMs: Math.max(breaker.retryAtMs, untilMs) };
}
