// Whether what was admitted may still go out.
import type { Admission } from '@waybill/contracts';
import type { Micros } from '@waybill/kernel';

/** An admission and when it was asked for. */
export interface Admitted {
  readonly admission: Admission;
  /** Milliseconds of this process's steady clock, from before the question left. */
  readonly askedAtMs: number;
}

/** The time now, by both clocks. */
export interface Moment {
  readonly nowMicros: Micros;
  readonly steadyMs: number;
}

/** A span counts for what it is by our own clock; only an admission that names none is judged by the time of day. */
export function stillHolds({ admission, askedAtMs }: Admitted, { nowMicros, steadyMs }: Moment): boolean {
  const { validForMs, notAfterMicros } = admission;
  return validForMs > 0 ? steadyMs - askedAtMs < validForMs : nowMicros <= notAfterMicros;
}

/** What is left of the span, whole milliseconds; 0 when the admission names none. Of one that still holds at least 1. */
export function spanLeftMs({ admission, askedAtMs }: Admitted, { steadyMs }: Pick<Moment, 'steadyMs'>): number {
  if (admission.validForMs === 0) return 0;
  return Math.max(1, Math.floor(admission.validForMs - (steadyMs - askedAtMs)));
}
