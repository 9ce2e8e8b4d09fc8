// What calls of several partitions count in: one counter each in this replica, whichever partitions it has.
import { countersFor, type RateCounter, type UnderWayCounter } from './counters.ts';
import type { Partitioning } from './partition.ts';
import { applies } from './scope.ts';
import { advance, type LimitState, type SharedState } from './state.ts';
import { addMinute } from './window.ts';

/** Nothing may be used of a shared limit before this replica has a share of it. */
export function emptySharedState({ shared }: Partitioning): SharedState {
  const counters = countersFor(shared);
  for (const counter of [...counters.rates, ...counters.underWay]) counter.allowed = 0;
  return { counters, time: { nowMicros: 0n } };
}

/** Adds what a partition's state has counted by itself, and returns that state as one that counts with the others. */
export function joinShared(state: LimitState, shared: SharedState): LimitState {
  const rates = state.counters.rates.map((own) => joined(own, shared.counters.rates, addRate));
  const underWay = state.counters.underWay.map((own) => joined(own, shared.counters.underWay, addUnderWay));
  const together = { ...state, time: shared.time, counters: { rates, underWay } };
  advance(together, state.time.nowMicros);
  return together;
}

/** Ends what a partition that is another's by now still holds in the shared counters. */
export function leaveShared(state: LimitState, shared: SharedState): void {
  for (const { subject, tokens } of state.reservations.values()) {
    for (const counter of shared.counters.rates) {
      if (counter.rule.kind === 'tokens' && applies(counter.rule.scope, subject)) counter.heldTokens -= tokens;
    }
    for (const counter of shared.counters.underWay) {
      if (applies(counter.rule.scope, subject)) counter.attempts -= 1;
    }
  }
}

function joined<Counter extends RateCounter | UnderWayCounter>(
  own: Counter,
  shared: readonly Counter[],
  add: (into: Counter, from: Counter) => void,
): Counter {
  const common = shared.find(({ rule }) => rule === own.rule);
  if (common === undefined) return own;
  add(common, own);
  return common;
}

function addRate(into: RateCounter, from: RateCounter): void {
  addMinute(into.minute, from.minute);
  into.heldTokens += from.heldTokens;
}

function addUnderWay(into: UnderWayCounter, from: UnderWayCounter): void {
  into.attempts += from.attempts;
}
