// What is reserved and used, as one value that only admit, settle and release change.
import type { BudgetConfiguration, Scope } from '@waybill/config';
import type { Admission } from '@waybill/contracts';
import { periodAt } from './period.ts';
import { applies, type Subject } from './scope.ts';
import { emptyMinute, type RollingMinute } from './window.ts';

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
}

export interface LimitState {
  readonly rules: Rules;
  /** The authority's time: the latest instant seen, which never goes back. */
  nowMicros: bigint;
  readonly minutes: Map<string, RollingMinute>;
  /** Tokens of the minute that are reserved and not settled, by rule. */
  readonly heldTokens: Map<string, number>;
  readonly underWay: Map<string, number>;
  /** Budget id -> start of period -> account. */
  readonly accounts: Map<string, Map<bigint, BudgetAccount>>;
  readonly reservations: Map<string, Reservation>;
}

export function initialState(rules: Rules): LimitState {
  return {
    rules,
    nowMicros: 0n,
    minutes: new Map(rules.rates.map((rule) => [rule.id, emptyMinute()])),
    heldTokens: new Map(rules.rates.map((rule) => [rule.id, 0])),
    underWay: new Map(rules.concurrency.map((rule) => [rule.id, 0])),
    accounts: new Map(rules.budgets.map((rule) => [rule.id, new Map()])),
    reservations: new Map(),
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
  if (clockMicros > state.nowMicros) state.nowMicros = clockMicros;
  return state.nowMicros;
}

/** The rate limits that a subject counts in. */
export function ratesFor(state: LimitState, subject: Subject): readonly RateRule[] {
  return state.rules.rates.filter((rule) => applies(rule.scope, subject));
}

export function concurrencyFor(state: LimitState, subject: Subject): readonly ConcurrencyRule[] {
  return state.rules.concurrency.filter((rule) => applies(rule.scope, subject));
}

export function budgetsFor(state: LimitState, subject: Subject): readonly BudgetRule[] {
  return state.rules.budgets.filter((rule) => applies(rule.scope, subject));
}
