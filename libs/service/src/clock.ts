import type { Clock, Micros } from '@waybill/kernel';

/** The machine's clock. Wall-clock time is held back, not set back, when the machine's clock is. */
export function systemClock(): Clock {
  let last: Micros = 0n;
  return {
    nowMicros() {
      const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));
      const wall = BigInt(Date.now()) * 1000n;
      // The steady clock gives the microseconds; where the wall clock was set anew, it wins.
      const drift = now > wall ? now - wall : wall - now;
      const time = drift < 2_000_000n ? now : wall;
      if (time > last) last = time;
      return last;
    },
    monotonicMs: () => performance.now(),
  };
}
