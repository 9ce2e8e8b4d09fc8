// How long a call was in Waybill's own hands.

export interface Stopwatch {
  /** Waits for somebody else: that time is not Waybill's. One wait at a time. */
  elsewhere<Value>(work: Promise<Value>): Promise<Value>;
  /** Since the call arrived, without the time elsewhere; microseconds. */
  ownMicros(): number;
  /** Since the call arrived, milliseconds. */
  elapsedMs(): number;
}

/** Starts at `arrivedAtMs` of the steady clock `nowMs`. */
export function startStopwatch(nowMs: () => number, arrivedAtMs: number): Stopwatch {
  let elsewhereMs = 0;
  let leftAtMs: number | undefined;
  return {
    async elsewhere(work) {
      leftAtMs = nowMs();
      try {
        return await work;
      } finally {
        elsewhereMs += nowMs() - leftAtMs;
        leftAtMs = undefined;
      }
    },
    ownMicros() {
      const now = nowMs();
      const waiting = leftAtMs === undefined ? 0 : now - leftAtMs;
      return Math.max(0, Math.round((now - arrivedAtMs - elsewhereMs - waiting) * 1000));
    },
    elapsedMs: () => Math.max(0, nowMs() - arrivedAtMs),
  };
}
