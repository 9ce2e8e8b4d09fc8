// Which limits and budgets are kept together, by one replica. Tenants are spread over slots. Where no budget spans
// tenants each slot is a partition of its own; where one does, all slots are one partition.
import type { Rules } from './state.ts';

/** Replicas of two versions, and of two configurations, have to agree on it: it never changes. */
export const slotCount = 16;

/** The slot of a tenant (FNV-1a, 32 bits). */
export function slotOf(tenantId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < tenantId.length; index += 1) {
    hash = Math.imul(hash ^ tenantId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % slotCount;
}

export interface Partitioning {
  readonly count: number;
  /** The partition of a tenant's calls, counted from 0. */
  partitionOf(tenantId: string): number;
  /** The slots that whoever is in charge of a partition has to hold, in the order in which they are taken. */
  slotsOf(partition: number): readonly number[];
  /** Everything that may apply to a partition's calls. */
  rulesOf(partition: number): Rules;
  /** What calls of several partitions count in; nothing when there is one partition. */
  readonly shared: Pick<Rules, 'rates' | 'concurrency'>;
}

type Scoped = Rules['rates' | 'concurrency' | 'budgets'][number];

export function partitionsFor(rules: Rules): Partitioning {
  return rules.budgets.some(spansTenants) ? onePartition(rules) : partitionBySlot(rules);
}

function onePartition(rules: Rules): Partitioning {
  const slots = Array.from({ length: slotCount }, (_, slot) => slot);
  return {
    count: 1,
    partitionOf: () => 0,
    slotsOf: () => slots,
    rulesOf: () => rules,
    shared: { rates: [], concurrency: [] },
  };
}

function partitionBySlot({ rates, concurrency, budgets }: Rules): Partitioning {
  const shared = { rates: rates.filter(spansTenants), concurrency: concurrency.filter(spansTenants) };
  return {
    count: slotCount,
    partitionOf: slotOf,
    slotsOf: (partition) => [partition],
    rulesOf: (partition) => {
      const mayApply = (rule: Scoped) => spansTenants(rule) || slotOf(rule.scope.tenant!) === partition;
      return {
        rates: rates.filter(mayApply),
        concurrency: concurrency.filter(mayApply),
        budgets: budgets.filter(mayApply),
      };
    },
    shared,
  };
}

function spansTenants({ scope }: Scoped): boolean {
  return scope.tenant === undefined;
}
