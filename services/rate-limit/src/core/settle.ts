// Replaces what was reserved by what was really used.
import type { SettleRequest } from '@waybill/contracts';
import {
  accountAt,
  type BudgetRule,
  budgetsFor,
  concurrencyFor,
  type LimitState,
  type Reservation,
  ratesFor,
} from './state.ts';
import { adjustMinute } from './window.ts';

/** Spend crossed a threshold of a budget. */
export interface ThresholdCrossed {
  readonly budget: BudgetRule;
  readonly atMicros: bigint;
  readonly basisPoints: number;
  readonly spentPicoUsd: bigint;
}

export interface Settled {
  /** Billed above the hold by this much. */
  readonly overrunPicoUsd: bigint;
  readonly crossed: readonly ThresholdCrossed[];
  readonly reservation: Reservation;
}

/** Settles a reservation; undefined when there is none, because it was settled before. */
export function settle(state: LimitState, request: SettleRequest): Settled | undefined {
  const reservation = state.reservations.get(request.attemptId);
  if (reservation === undefined) return undefined;
  letGo(state, reservation, request.inputTokens + request.outputTokens);
  const crossed: ThresholdCrossed[] = [];
  for (const budget of budgetsFor(state, reservation.subject)) {
    crossed.push(...book(state, { budget, reservation, request }));
  }
  const over = request.amountPicoUsd - reservation.holdPicoUsd;
  return { overrunPicoUsd: over > 0n ? over : 0n, crossed, reservation };
}

/** Gives a reservation back whose attempt never went out: its request does not count either. */
export function release(state: LimitState, attemptId: string): void {
  const reservation = state.reservations.get(attemptId);
  if (reservation === undefined) return;
  letGo(state, reservation, 0);
  for (const rule of ratesFor(state, reservation.subject)) {
    if (rule.kind === 'requests') adjustMinute(state.minutes.get(rule.id)!, reservation.atMicros, -1);
  }
}

/** Ends the hold of money, tokens and concurrency; the tokens really used stay counted in their minute. */
function letGo(state: LimitState, reservation: Reservation, usedTokens: number): void {
  const { subject, atMicros, tokens, holdPicoUsd, attemptId } = reservation;
  for (const rule of ratesFor(state, subject)) {
    if (rule.kind !== 'tokens') continue;
    adjustMinute(state.minutes.get(rule.id)!, atMicros, usedTokens - tokens);
    state.heldTokens.set(rule.id, state.heldTokens.get(rule.id)! - tokens);
  }
  for (const rule of concurrencyFor(state, subject)) state.underWay.set(rule.id, state.underWay.get(rule.id)! - 1);
  for (const rule of budgetsFor(state, subject)) accountAt(state, rule, atMicros).held -= holdPicoUsd;
  state.reservations.delete(attemptId);
}

interface Booking {
  readonly budget: BudgetRule;
  readonly reservation: Reservation;
  readonly request: SettleRequest;
}

/** Books an amount in the period in which it was admitted. */
function book(state: LimitState, { budget, reservation, request }: Booking): readonly ThresholdCrossed[] {
  const account = accountAt(state, budget, reservation.atMicros);
  const before = account.spent;
  account.spent += request.amountPicoUsd;
  account.uncertain += request.uncertainPicoUsd;
  return budget.alertsBasisPoints
    .filter((basisPoints) => {
      const threshold = (budget.amountPicoUsd * BigInt(basisPoints)) / 10_000n;
      return before < threshold && account.spent >= threshold;
    })
    .map((basisPoints) => ({
      budget,
      atMicros: reservation.atMicros,
      basisPoints,
      spentPicoUsd: account.spent,
    }));
}
