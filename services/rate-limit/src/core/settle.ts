// Replaces what was reserved by what was really used.
import { letGo } from './reservation.ts';
import type { Subject } from './scope.ts';
import { accountAt, type BudgetRule, budgetsFor, type LimitState, type Reservation, ratesFor } from './state.ts';
import { adjustMinute } from './window.ts';

/** What an attempt came to; pico-USD. */
export interface Settlement {
  readonly attemptId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly amountPicoUsd: bigint;
  readonly uncertainPicoUsd: bigint;
}

/** Spend crossed a threshold of a budget. */
export interface ThresholdCrossed {
  readonly budget: BudgetRule;
  readonly atMicros: bigint;
  readonly basisPoints: number;
  readonly spentPicoUsd: bigint;
}

export interface Settled {
  readonly attemptId: string;
  readonly subject: Subject;
  readonly holdPicoUsd: bigint;
  readonly amountPicoUsd: bigint;
  /** Billed above the hold by this much. */
  readonly overrunPicoUsd: bigint;
  readonly crossed: readonly ThresholdCrossed[];
}

/** Settles a reservation; undefined when there is none, because it was settled before. */
export function settle(state: LimitState, settlement: Settlement): Settled | undefined {
  const reservation = state.reservations.get(settlement.attemptId);
  if (reservation === undefined) return undefined;
  state.settledBeforeEnd.add(settlement.attemptId);
  return conclude(state, reservation, settlement);
}

/** Ends the reservation with what was used, whoever told of it. */
export function conclude(state: LimitState, reservation: Reservation, settlement: Settlement): Settled {
  const { inputTokens, outputTokens, amountPicoUsd, uncertainPicoUsd } = settlement;
  const { attemptId, subject, atMicros, holdPicoUsd } = reservation;
  letGo(state, reservation, inputTokens + outputTokens);
  const crossed = book(state, { subject, atMicros, spentPicoUsd: amountPicoUsd, uncertainPicoUsd });
  const over = amountPicoUsd - holdPicoUsd;
  return { attemptId, subject, holdPicoUsd, amountPicoUsd, overrunPicoUsd: over > 0n ? over : 0n, crossed };
}

/** Gives a reservation back whose attempt never went out: its request does not count either. */
export function release(state: LimitState, attemptId: string): void {
  const reservation = state.reservations.get(attemptId);
  if (reservation === undefined) return;
  letGo(state, reservation, 0);
  for (const { rule, minute } of ratesFor(state, reservation)) {
    if (rule.kind === 'requests') adjustMinute(minute, reservation.atMicros, -1);
  }
}

export interface Booking {
  readonly subject: Subject;
  /** When the attempt was admitted: it is charged to the period of this time. */
  readonly atMicros: bigint;
  readonly spentPicoUsd: bigint;
  readonly uncertainPicoUsd: bigint;
}

/** Books an amount in every budget that applies; tells the thresholds that it crossed. */
export function book(state: LimitState, booking: Booking): readonly ThresholdCrossed[] {
  const { subject, atMicros, spentPicoUsd, uncertainPicoUsd } = booking;
  return budgetsFor(state, subject).flatMap((budget) => {
    const account = accountAt(state, budget, atMicros);
    const before = account.spent;
    account.spent += spentPicoUsd;
    account.uncertain += uncertainPicoUsd;
    return crossedBetween(budget, before, account.spent).map((basisPoints) => {
      return { budget, atMicros, basisPoints, spentPicoUsd: account.spent };
    });
  });
}

function crossedBetween({ amountPicoUsd, alertsBasisPoints }: BudgetRule, before: bigint, after: bigint): number[] {
  return alertsBasisPoints.filter((basisPoints) => {
    const threshold = (amountPicoUsd * BigInt(basisPoints)) / 10_000n;
    return before < threshold && after >= threshold;
  });
}
