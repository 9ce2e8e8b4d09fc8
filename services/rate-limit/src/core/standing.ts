// The state as operators see it.
import type { Scope } from '@waybill/config';
import type { BudgetStanding, LimitStanding } from '@waybill/contracts';
import { LimitKind } from '@waybill/contracts';
import { periodAt } from './period.ts';
import { accountAt, type BudgetRule, type LimitState } from './state.ts';
import { usedInMinute } from './window.ts';

/** A budget in the period that holds the authority's present. */
export function budgetStanding(state: LimitState, budget: BudgetRule): BudgetStanding {
  const { startMicros, endMicros } = periodAt(budget.period, state.time.nowMicros);
  const { spent, held, uncertain } = accountAt(state, budget, state.time.nowMicros);
  return {
    id: budget.id,
    amountPicoUsd: budget.amountPicoUsd,
    spentPicoUsd: spent,
    heldPicoUsd: held,
    uncertainPicoUsd: uncertain,
    freePicoUsd: budget.amountPicoUsd - spent - held - uncertain,
    period: budget.period,
    periodStartedAtMicros: startMicros,
    periodEndsAtMicros: endMicros,
    scope: plain(budget.scope),
  };
}

/** Every rate and concurrency limit now. */
export function limitStandings(state: LimitState): LimitStanding[] {
  const rates = state.counters.rates.map(({ rule, minute, heldTokens }): LimitStanding => {
    const total = usedInMinute(minute, state.time.nowMicros);
    const held = Math.min(heldTokens, total);
    return {
      id: rule.id,
      kind: rule.kind === 'requests' ? LimitKind.REQUESTS : LimitKind.TOKENS,
      amount: BigInt(rule.amount),
      used: BigInt(total - held),
      held: BigInt(held),
      scope: plain(rule.scope),
    };
  });
  const concurrency = state.counters.underWay.map(
    ({ rule, attempts }): LimitStanding => ({
      id: rule.id,
      kind: LimitKind.CONCURRENCY,
      amount: BigInt(rule.amount),
      used: 0n,
      held: BigInt(attempts),
      scope: plain(rule.scope),
    }),
  );
  return [...rates, ...concurrency];
}

function plain(scope: Scope): { [field: string]: string } {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
}
