import type { PicoUsd } from '@waybill/kernel';
import { z } from 'zod';
import { amountUsd, choice, identifier, section, share } from '../reading/fields.ts';
import type { Scope } from './scope.ts';
import { scopeSection } from './scope.ts';

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

/** One entry of `budgets`. */
export const budgetSection = section({
  id: identifier,
  scope: scopeSection.prefault({}),
  amount_usd: amountUsd,
  period: choice(['day', 'month', 'total']),
  alerts: z.array(share, 'is wrong; give a list of shares such as [0.5, 0.8, 1.0]').default([5_000, 8_000, 10_000]),
}).transform(
  (given): BudgetConfiguration => ({
    id: given.id,
    scope: given.scope,
    amountPicoUsd: given.amount_usd,
    period: given.period,
    alertsBasisPoints: [...new Set(given.alerts)].sort((left, right) => left - right),
  }),
);
