import type { PicoUsd } from '@waybill/kernel';
import type { Scope } from './scope.ts';

/** Calendar periods in UTC; `total` never starts again. */
export type BudgetPeriod = 'day' | 'month' | 'total';

export interface BudgetConfiguration {
  readonly id: string;
  readonly scope: Scope;
  /** Above zero. */
  readonly amountPicoUsd: PicoUsd;
  readonly period: BudgetPeriod;
  /** Shares of the amount at which to raise an alarm, in basis points, ascending; default 5,000, 8,000 and 10,000. */
  readonly alertsBasisPoints: readonly number[];
}
