import type { Micros } from '@waybill/kernel';

/** The UTC day of a moment, YYYY-MM-DD. */
export function dayOf(at: Micros): string {
  return new Date(Number(at / 1_000n)).toISOString().slice(0, 10);
}
