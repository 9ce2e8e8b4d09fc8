// Opens a producer's next epoch: the first message after the last one of the epoch before, whoever wrote that.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, FaultError } from '@waybill/kernel';
import { epochOpened } from '../epoch-events.ts';
import { logClosed } from '../log-faults.ts';
import { later, type ProducerIdentity, type ProducerStanding } from './alignment.ts';
import { isWrongSequence, natsFault } from './nats-faults.ts';
import type { NatsLink } from './nats-link.ts';
import { type PendingAppend, pendingAppend, pendingEvent } from './pending-append.ts';
import { acknowledge, formBatches, type PendingBatch } from './pending-batch.ts';
import { lastMessageOf, maxBodyBytes, publishBatch } from './stream-messages.ts';
import { subjectsOf } from './subjects.ts';

const pauseMs = 200;

export interface OpeningWorld {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly shards: number;
  readonly stop: AbortSignal;
  /** How long it is tried, milliseconds. */
  readonly withinMs: number;
  standing(producerId: string): Promise<ProducerStanding | undefined>;
}

export interface OpenedEpoch {
  readonly identity: ProducerIdentity;
  readonly batch: PendingBatch & { readonly sequence: number };
  readonly append: PendingAppend;
}

/** Throws `unavailable` when NATS or the archive cannot be used for so long. */
export async function openEpoch(world: OpeningWorld, producerId: string): Promise<OpenedEpoch> {
  const opening = randomUUID();
  const endMs = world.clock.monotonicMs() + world.withinMs;
  let attempt: Attempt | undefined;
  for (;;) {
    try {
      const last = await lastMessageOf(world.link, subjectsOf(producerId).all);
      // It was acknowledged on a wire that was lost.
      if (attempt && last?.opening === opening) return openedBy(attempt, last.sequence);
      const previous = later(last, await world.standing(producerId));
      attempt = await prepare(world, { producerId, opening, epoch: (previous?.epoch ?? 0n) + 1n }, previous);
      const sequence = await publish(world.link, attempt, last?.sequence ?? 0);
      if (last || !(await isOvertaken(world, attempt))) return openedBy(attempt, sequence);
    } catch (thrown) {
      if (world.stop.aborted) throw new FaultError(logClosed());
      if (isWrongSequence(thrown)) continue;
      if (world.clock.monotonicMs() > endMs) throw natsFault(thrown, `no epoch of ${producerId} can be opened`);
      await sleep(pauseMs);
    }
  }
}

interface Attempt {
  readonly identity: ProducerIdentity;
  readonly append: PendingAppend;
  readonly batch: PendingBatch;
}

async function prepare(
  { link, clock, shards }: OpeningWorld,
  identity: ProducerIdentity,
  previous: ProducerStanding | undefined,
): Promise<Attempt> {
  const { producerId, epoch } = identity;
  const [previousEpoch, previousLastNumber] = [previous?.epoch ?? 0n, previous?.lastNumber ?? 0n];
  const event = epochOpened({ producerId, epoch, previousEpoch, previousLastNumber }, clock.nowMicros());
  const append = pendingAppend([pendingEvent(event)], { needsVerdict: false });
  const { batches } = await formBatches(identity, 1n, [append], { shards, maxBodyBytes: maxBodyBytes(link) });
  return { identity, append, batch: batches[0]! };
}

async function publish(link: NatsLink, { identity, batch }: Attempt, expectedSequence: number): Promise<number> {
  const { producerId, epoch, opening } = identity;
  const messageId = [producerId, epoch, opening, batch.firstNumber].join('/');
  const { subject, body } = batch;
  const lastOf = subjectsOf(producerId).all;
  return (await publishBatch(link, { subject, body, messageId, expectedSequence, lastOf })).seq;
}

/** Where no message of the producer was left, only the archive knows whether somebody opened the epoch meanwhile. */
async function isOvertaken({ standing }: OpeningWorld, { identity }: Attempt): Promise<boolean> {
  const archived = await standing(identity.producerId);
  if (!archived || archived.opening === identity.opening) return false;
  return archived.epoch >= identity.epoch;
}

function openedBy({ identity, append, batch }: Attempt, sequence: number): OpenedEpoch {
  acknowledge(batch, sequence);
  return { identity, append, batch: { ...batch, sequence } };
}
