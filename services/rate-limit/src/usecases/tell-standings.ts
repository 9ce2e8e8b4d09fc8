// Budgets and limits as operators see them, whoever is in charge. What others are in charge of is told from the log.
import type { BudgetStanding, LimitStanding } from '@waybill/contracts';
import type { Clock } from '@waybill/kernel';
import type { Partitioning } from '../core/partition.ts';
import { budgetStanding, limitStandings } from '../core/standing.ts';
import { advance, initialState, type LimitState, type Rules, type SharedState } from '../core/state.ts';
import type { Charges } from './charges.ts';

export interface StandingsOptions {
  readonly rules: Rules;
  readonly partitioning: Partitioning;
  readonly charges: Charges;
  readonly shared: SharedState;
  readonly clock: Clock;
  /** The states of partitions as the log has them. */
  restore(partitions: readonly number[]): Promise<ReadonlyMap<number, LimitState>>;
}

export interface Standings {
  budgets(ids: readonly string[]): Promise<BudgetStanding[]>;
  limits(): Promise<LimitStanding[]>;
}

/** Reading the log is not asked for more often. */
const goodForMs = 1_000;

export function tellStandings(options: StandingsOptions): Standings {
  const { rules, partitioning, charges, shared, clock } = options;
  let last: { readonly atMs: number; readonly states: Promise<ReadonlyMap<number, LimitState>> } | undefined;

  const all = Array.from({ length: partitioning.count }, (_, partition) => partition);
  const isShared = new Set([...partitioning.shared.rates, ...partitioning.shared.concurrency].map(({ id }) => id));

  function restoredLately(): Promise<ReadonlyMap<number, LimitState>> {
    const nowMs = clock.monotonicMs();
    if (last === undefined || nowMs - last.atMs > goodForMs) {
      const restored = options.restore(all);
      last = { atMs: nowMs, states: restored };
      restored.catch(() => {
        last = undefined;
      });
    }
    return last.states;
  }

  async function statesOfOthers(): Promise<ReadonlyMap<number, LimitState>> {
    if (all.every((partition) => charges.at(partition))) return new Map();
    const restored = await restoredLately();
    return new Map([...restored].filter(([partition]) => !charges.at(partition)));
  }

  function ownStates(): ReadonlyMap<number, LimitState> {
    const own = new Map(charges.all().map(({ partition, state }) => [partition, state]));
    for (const state of own.values()) advance(state, clock.nowMicros());
    return own;
  }

  return {
    async budgets(ids) {
      const others = await statesOfOthers();
      const states = new Map([...others, ...ownStates()]);
      const asked = rules.budgets.filter(({ id }) => ids.includes(id));
      return asked.map((budget) => {
        return budgetStanding(states.get(partitioning.partitionOf(budget.scope.tenant ?? ''))!, budget);
      });
    },
    async limits() {
      const others = [...(await statesOfOthers()).values()].flatMap(limitStandings);
      const own = [...ownStates().values()].flatMap(limitStandings).filter(({ id }) => !isShared.has(id));
      const nothing = initialState({ ...partitioning.shared, budgets: [] });
      const ownShared = limitStandings({ ...nothing, ...shared });
      const told = sumsById([...ownShared, ...own, ...others]);
      return [...rules.rates, ...rules.concurrency].map(({ id }) => told.get(id)!);
    },
  };
}

function sumsById(standings: readonly LimitStanding[]): ReadonlyMap<string, LimitStanding> {
  const sums = new Map<string, LimitStanding>();
  for (const standing of standings) {
    const { used, held } = sums.get(standing.id) ?? { used: 0n, held: 0n };
    sums.set(standing.id, { ...standing, used: standing.used + used, held: standing.held + held });
  }
  return sums;
}
