// The partitions that this replica is in charge of.
import type { Position } from '@waybill/event-log';
import type { Partitioning } from '../core/partition.ts';
import type { LimitState } from '../core/state.ts';
import type { Hold } from './hold-partition.ts';

export interface Charge {
  readonly partition: number;
  readonly hold: Hold;
  readonly state: LimitState;
  /** What the log says up to here is in the state; what comes after it is heard. */
  readonly restoredTo: Position;
  /** It is being given up: nothing is admitted any more, what is under way can still be settled. */
  leaving: boolean;
}

export interface Charges {
  /** Of the tenant's partition, if it is this replica's. */
  of(tenantId: string): Charge | undefined;
  at(partition: number): Charge | undefined;
  all(): readonly Charge[];
  add(charge: Charge): void;
  /** Without effect when the partition has another charge by now. */
  remove(charge: Charge): void;
}

export function createCharges({ count, partitionOf }: Partitioning): Charges {
  const byPartition = new Array<Charge | undefined>(count).fill(undefined);
  let all: readonly Charge[] = [];
  const set = (partition: number, charge: Charge | undefined) => {
    byPartition[partition] = charge;
    all = byPartition.filter((one) => one !== undefined);
  };
  return {
    of: (tenantId) => byPartition[partitionOf(tenantId)],
    at: (partition) => byPartition[partition],
    all: () => all,
    add: (charge) => set(charge.partition, charge),
    remove(charge) {
      if (byPartition[charge.partition] === charge) set(charge.partition, undefined);
    },
  };
}
