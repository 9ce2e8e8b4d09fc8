// Takes charge of partitions: their leases first, then their states from the log, and only then is anything admitted.
import type { EventReader, Position, StoredEvent } from '@waybill/event-log';
import { type Clock, faultOf } from '@waybill/kernel';
import type { ProjectionPartition } from '@waybill/projections';
import type { Partitioning } from '../core/partition.ts';
import { joinShared } from '../core/shared-state.ts';
import type { LimitState, SharedState } from '../core/state.ts';
import type { Notices } from '../ports.ts';
import type { Charge, Charges } from './charges.ts';
import type { Follower } from './follow-log.ts';
import { hearEvent } from './hear-event.ts';
import type { Hold, Holds } from './hold-partition.ts';
import { factTypes } from './log-facts.ts';
import { restoreStates } from './restore-state.ts';

export interface ChargeWorld {
  readonly partitioning: Partitioning;
  readonly charges: Charges;
  readonly shared: SharedState;
  readonly holds: Holds;
  readonly snapshot: ProjectionPartition;
  readonly log: EventReader;
  readonly follower: Follower;
  readonly notices: Notices;
  readonly clock: Clock;
  /** Told of a charge that is over, whether it was given up or lost. */
  onOver(charge: Charge): void;
}

/**
 * Takes those that can be had and answers how many. Throws what the store and the log throw; then nothing is taken,
 * since the leases are let go of again.
 */
export async function takeCharge(world: ChargeWorld, wanted: readonly number[]): Promise<number> {
  const tried = await Promise.all(wanted.map((partition) => world.holds.take(partition)));
  const holds = tried.filter((hold) => hold !== undefined);
  if (holds.length === 0) return 0;
  try {
    const { states, position } = await restored(world, holds);
    const held = holds.filter((hold) => hold.remainingMs() > 0);
    for (const hold of held) install(world, hold, states.get(hold.partition)!, position);
    return held.length;
  } catch (thrown) {
    await Promise.all(holds.map((hold) => hold.release()));
    throw thrown;
  }
}

interface RestoredTo {
  readonly states: ReadonlyMap<number, LimitState>;
  readonly position: Position;
}

/** As of a position that the follower has not passed. */
async function restored(world: ChargeWorld, holds: readonly Hold[]): Promise<RestoredTo> {
  const { partitioning, snapshot, log, follower, clock } = world;
  const partitions = holds.map(({ partition }) => partition);
  const onUnreadable = (event: StoredEvent, reason: unknown) => unreadable(world, event, reason);
  const sources = { partitioning, snapshot, log, nowMicros: clock.nowMicros(), onUnreadable };
  let { states, position } = await restoreStates(partitions, sources);
  follower.begin(position);
  while (follower.position()! > position) position = await readOn(world, states, position);
  return { states, position };
}

async function readOn(world: ChargeWorld, states: ReadonlyMap<number, LimitState>, after: Position): Promise<Position> {
  const { log, partitioning, notices } = world;
  let position = after;
  for await (const batch of log.read(after, { types: factTypes })) {
    for (const event of batch) {
      position = event.position;
      const state = states.get(partitioning.partitionOf(event.envelope.tenantId));
      try {
        if (state) hearEvent(state, event, notices);
      } catch (thrown) {
        unreadable(world, event, thrown);
      }
    }
  }
  return position;
}

function unreadable({ notices }: ChargeWorld, { envelope }: StoredEvent, reason: unknown): void {
  notices.alarm('event_not_heard', { event: envelope.eventId, err: faultOf(reason) });
}

function install(world: ChargeWorld, hold: Hold, alone: LimitState, restoredTo: Position): void {
  const { charges, shared, onOver } = world;
  const state = joinShared(alone, shared);
  const charge: Charge = { partition: hold.partition, hold, state, restoredTo, leaving: false };
  charges.add(charge);
  const over = () => {
    charges.remove(charge);
    onOver(charge);
  };
  if (hold.lost.aborted) over();
  else hold.lost.addEventListener('abort', over, { once: true });
}
