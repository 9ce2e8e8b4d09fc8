// What is reserved and used, as one value that only admit, settle, release and what the log tells change.
import type { BudgetConfiguration, Scope } from '@waybill/config';
import type { Admission } from '@waybill/contracts';
import { batchOf } from '@waybill/kernel';
import { type Counters, countersFor, type RateCounter, type UnderWayCounter } from './counters.ts';
import { periodAt } from './period.ts';
import { applies, type Subject } from './scope.ts';

export interface RateRule {
  readonly id: string;
  readonly kind: 'requests' | 'tokens';
  readonly scope: Scope;
  /** Per rolling minute. */
  readonly amount: number;
}

export interface ConcurrencyRule {
  readonly id: string;
  readonly scope: Scope;
  /** Attempts under way at once. */
  readonly amount: number;
}

export type BudgetRule = BudgetConfiguration;

export interface Rules {
  readonly rates: readonly RateRule[];
  readonly concurrency: readonly ConcurrencyRule[];
  readonly budgets: readonly BudgetRule[];
}

/** One budget in one period, pico-USD. */
export interface BudgetAccount {
  spent: bigint;
  held: bigint;
  uncertain: bigint;
}

/** What one attempt holds. */
export interface Reservation {
  readonly attemptId: string;
  readonly subject: Subject;
  readonly atMicros: bigint;
  readonly tokens: number;
  readonly holdPicoUsd: bigint;
  /** The answer that was given, to give it again. */
  readonly admission: Admission;
  /** Until when the attempt may set out, by this process's steady clock; milliseconds. */
  readonly validUntilMs: number;
  /** The log says that the attempt has started: it holds until the log says that it has ended. */
  started: boolean;
}

/** The authority's time: the latest instant seen, which never goes back. */
export interface AuthorityTime {
  nowMicros: bigint;
}

export interface LimitState {
  readonly rules: Rules;
  readonly time: AuthorityTime;
  readonly counters: Counters;
  /** Budget id -> start of period -> account. */
  readonly accounts: Map<string, Map<bigint, BudgetAccount>>;
  readonly reservations: Map<string, Reservation>;
  /** Attempts that were settled by a call and whose end the log has yet to tell, so that it is not booked twice. */
  readonly settledBeforeEnd: Set<string>;
}

/** What the states of several partitions have in common. */
export interface SharedState {
  readonly counters: Counters;
  readonly time: AuthorityTime;
}

/** Nothing used. */
export function initialState(rules: Rules): LimitState {
  return {
    rules,
    time: { nowMicros: 0n },
    counters: countersFor(rules),
    accounts: new Map(rules.budgets.map((rule) => [rule.id, new Map()])),
    reservations: new Map(),
    settledBeforeEnd: new Set(),
  };
}

/** The account of the period that holds the instant; made when it is the first of its period. */
export function accountAt(state: LimitState, budget: BudgetRule, atMicros: bigint): BudgetAccount {
  const periods = state.accounts.get(budget.id)!;
  const start = periodAt(budget.period, atMicros).startMicros;
  let account = periods.get(start);
  if (account === undefined) {
    account = { spent: 0n, held: 0n, uncertain: 0n };
    periods.set(start, account);
  }
  return account;
}

/** Moves the authority's time on; a clock that went back is held at the latest instant. */
export function advance(state: LimitState, clockMicros: bigint): bigint {
  const { time } = state;
  if (clockMicros > time.nowMicros) time.nowMicros = clockMicros;
  return time.nowMicros;
}

/** Whose attempt it is. */
export type Counted = Pick<Reservation, 'attemptId' | 'subject'>;

/**
 * The rate limits that an attempt counts in. An entry of a batch is held to budgets alone: it may take a day, and
 * providers count batches apart.
 */
export function ratesFor(state: LimitState, { attemptId, subject }: Counted): readonly RateCounter[] {
  if (batchOf(attemptId) !== undefined) return [];
  return state.counters.rates.filter(({ rule }) => applies(rule.scope, subject));
}

export function underWayFor(state: LimitState, { attemptId, subject }: Counted): readonly UnderWayCounter[] {
  if (batchOf(attemptId) !== undefined) return [];
  return state.counters.underWay.filter(({ rule }) => applies(rule.scope, subject));
}

export function budgetsFor(state: LimitState, subject: Subject): readonly BudgetRule[] {
  return state.rules.budgets.filter((rule) => applies(rule.scope, subject));
}
