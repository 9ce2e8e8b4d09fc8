// One replica among others: its charges and what keeps them.
import type { EventReader } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { ProjectionPartition } from '@waybill/projections';
import type { Partitioning } from '../core/partition.ts';
import { leaveShared } from '../core/shared-state.ts';
import type { Rules, SharedState } from '../core/state.ts';
import type { Meters, Notices, ShareBook } from '../ports.ts';
import { type Charge, type Charges, createCharges } from './charges.ts';
import { followLog } from './follow-log.ts';
import { partitionHolds } from './hold-partition.ts';
import { keepCharges } from './keep-charges.ts';
import { unstartedReleaser } from './release-unstarted.ts';
import { restoreStates } from './restore-state.ts';
import { keepShares } from './share-limits.ts';
import { takeCharge } from './take-charge.ts';
import { type Standings, tellStandings } from './tell-standings.ts';
import { whereabouts } from './whereabouts.ts';

export interface ReplicaOptions {
  readonly instance: string;
  /** Where other processes reach this one; undefined when there are none. */
  readonly address: string | undefined;
  readonly leases: Leases;
  readonly rules: Rules;
  readonly partitioning: Partitioning;
  readonly shared: SharedState;
  readonly snapshot: ProjectionPartition;
  readonly log: EventReader;
  readonly book: ShareBook;
  readonly notices: Notices;
  readonly meters: Meters;
  readonly clock: Clock;
}

export interface LimitReplica {
  readonly charges: Charges;
  readonly standings: Standings;
  /** Absent where no limit is shared between partitions. */
  readonly sharesRemainingMs: (() => number) | undefined;
  /** The address of whoever is in charge of the tenant. */
  addressFor(tenantId: string): Promise<string | undefined>;
  /** Takes charge of what can be had now and goes on from there. Throws when that could not be read; it goes on all the same. */
  start(): Promise<void>;
  /** Gives everything up in good order. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export function openReplica(options: ReplicaOptions): LimitReplica {
  const { partitioning, shared, leases, address, clock, notices, log, snapshot } = options;
  const end = new AbortController();
  const charges = createCharges(partitioning);
  const holds = partitionHolds({ leases, partitioning, details: address === undefined ? {} : { address } });
  const follower = followLog({ log, charges, notices, signal: end.signal });
  const where = whereabouts({ leases, clock, ownAddress: address });
  const parted = keepParted(options);
  const world = { ...options, charges, holds, follower, onOver: parted.add };
  const keeper = keepCharges({
    ...options,
    charges,
    holds,
    shares: keepShares(options),
    onHolders: where.learn,
    takeCharge: (partitions) => takeCharge(world, partitions),
    chores: [unstartedReleaser({ log, charges, follower, clock }), parted.settle],
  });
  const hasShared = shared.counters.rates.length + shared.counters.underWay.length > 0;
  return {
    charges,
    standings: tellStandings({ ...options, charges, restore }),
    sharesRemainingMs: hasShared ? keeper.placeRemainingMs : undefined,
    addressFor: (tenantId) => where.addressOf(partitioning.slotsOf(partitioning.partitionOf(tenantId))[0]!),
    async start() {
      try {
        await keeper.round();
      } finally {
        keeper.keep();
      }
    },
    stop: keeper.stop,
    async close() {
      await keeper.stop();
      end.abort();
      await follower.stopped();
    },
  };

  async function restore(partitions: readonly number[]) {
    const nowMicros = clock.nowMicros();
    const restored = await restoreStates(partitions, { partitioning, snapshot, log, nowMicros, onUnreadable() {} });
    return restored.states;
  }
}

/** Its new owner counts what a partition has under way about as soon; until then it stays counted here. */
const partedForMs = 62_000;

interface Parted {
  add(charge: Charge): void;
  /** Ends what has been counted long enough. */
  settle(): void;
}

function keepParted({ shared, clock }: Pick<ReplicaOptions, 'shared' | 'clock'>): Parted {
  let parted: readonly { readonly charge: Charge; readonly untilMs: number }[] = [];
  return {
    add(charge) {
      parted = [...parted, { charge, untilMs: clock.monotonicMs() + partedForMs }];
    },
    settle() {
      const nowMs = clock.monotonicMs();
      for (const { charge, untilMs } of parted) if (untilMs <= nowMs) leaveShared(charge.state, shared);
      parted = parted.filter(({ untilMs }) => untilMs > nowMs);
    },
  };
}
