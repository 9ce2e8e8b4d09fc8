// Budget periods, in UTC.

import type { BudgetPeriod } from '@waybill/config';

export interface PeriodBounds {
  readonly startMicros: bigint;
  /** Undefined for a period without an end. */
  readonly endMicros: bigint | undefined;
}

/** The period that holds the instant. */
export function periodAt(period: BudgetPeriod, atMicros: bigint): PeriodBounds {
  if (period === 'total') return { startMicros: 0n, endMicros: undefined };
  const date = new Date(Number(atMicros / 1000n));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const start = period === 'day' ? Date.UTC(year, month, day) : Date.UTC(year, month, 1);
  const end = period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
  return { startMicros: BigInt(start) * 1000n, endMicros: BigInt(end) * 1000n };
}

/** The UTC day of an instant, YYYY-MM-DD. */
export function dayOf(atMicros: bigint): string {
  return new Date(Number(atMicros / 1000n)).toISOString().slice(0, 10);
}
