// What counts against limits. A limit that calls of several partitions count in has one counter for all of them.
import type { ConcurrencyRule, RateRule, Rules } from './state.ts';
import { emptyMinute, type RollingMinute } from './window.ts';

/** A limit as far as it may be used here. */
interface Allowance {
  /** All of the limit, or this replica's share of it where several have one. */
  allowed: number;
  /** What was refused since the shares were last looked at, though the limit as a whole has room for it. */
  unmet: number;
}

export interface RateCounter extends Allowance {
  readonly rule: RateRule;
  readonly minute: RollingMinute;
  /** Tokens of the minute that are reserved and not settled. */
  heldTokens: number;
}

export interface UnderWayCounter extends Allowance {
  readonly rule: ConcurrencyRule;
  attempts: number;
}

export interface Counters {
  readonly rates: readonly RateCounter[];
  readonly underWay: readonly UnderWayCounter[];
}

type Limits = Pick<Rules, 'rates' | 'concurrency'>;

/** A counter for each limit, with nothing used of all that it allows. */
export function countersFor({ rates, concurrency }: Limits): Counters {
  return { rates: rates.map(rateCounter), underWay: concurrency.map(underWayCounter) };
}

function rateCounter(rule: RateRule): RateCounter {
  return { rule, minute: emptyMinute(), heldTokens: 0, allowed: rule.amount, unmet: 0 };
}

function underWayCounter(rule: ConcurrencyRule): UnderWayCounter {
  return { rule, attempts: 0, allowed: rule.amount, unmet: 0 };
}
