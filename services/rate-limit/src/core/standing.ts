// The state as operators see it.
import type { Scope } from '@waybill/config';
import type { BudgetStanding, LimitStanding } from '@waybill/contracts';
import { LimitKind } from '@waybill/contracts';
import { periodAt } from './period.ts';
import { accountAt, type BudgetRule, type LimitState } from './state.ts';
import { usedInMinute } from './window.ts';

/** A budget in the period that holds the authority's present. */
export function budgetStanding(state: LimitState, budget: BudgetRule): BudgetStanding {
  const { startMicros, endMicros } = periodAt(budget.period, state.nowMicros);
  const { spent, held, uncertain } = accountAt(state, budget, state.nowMicros);
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
  const rates = state.rules.rates.map((rule): LimitStanding => {
    const total = usedInMinute(state.minutes.get(rule.id)!, state.nowMicros);
    const held = Math.min(state.heldTokens.get(rule.id)!, total);
    return {
      id: rule.id,
      kind: rule.kind === 'requests' ? LimitKind.REQUESTS : LimitKind.TOKENS,
      amount: BigInt(rule.amount),
      used: BigInt(total - held),
      held: BigInt(held),
      scope: plain(rule.scope),
    };
  });
  const concurrency = state.rules.concurrency.map(
    (rule): LimitStanding => ({
      id: rule.id,
      kind: LimitKind.CONCURRENCY,
      amount: BigInt(rule.amount),
      used: 0n,
      held: BigInt(state.underWay.get(rule.id)!),
      scope: plain(rule.scope),
    }),
  );
  return [...rates, ...concurrency];
}

function plain(scope: Scope): { [field: string]: string } {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
}
