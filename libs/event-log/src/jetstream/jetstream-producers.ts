// The producers of one process: opens their epochs, watches over what they have published, lets go of what is archived.
import { type Clock, type Fault, FaultError } from '@waybill/kernel';
import type { ProducerDocument } from '../archive/archive-documents.ts';
import type { StoredBefore } from '../archive/judge-append.ts';
import type { Verdict } from '../archive/verdicts.ts';
import type { EventProducer, Position } from '../ports.ts';
import { sharedQuestion } from '../shared-question.ts';
import type { ProducerStanding } from './alignment.ts';
import { createEpochPublisher, type EpochPublisher, type Remains } from './epoch-publisher.ts';
import { createJetStreamProducer, type JetStreamProducer } from './jetstream-producer.ts';
import type { NatsLink } from './nats-link.ts';
import { openEpoch } from './open-epoch.ts';
import { type PendingAppend, type PendingAppends, pendingAppend } from './pending-append.ts';
import { createSettling } from './settling.ts';

/** How often what was published is compared with what the stream has. */
const checkEveryMs = 5_000;

export interface ProducersWorld {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly shards: number;
  readonly withinMs: number;
  readonly pending: PendingAppends;
  readonly stop: AbortSignal;
  end(): Promise<Position>;
  closed(): Fault | undefined;
  lookUp(eventIds: readonly string[], streamIds: readonly string[]): Promise<StoredBefore>;
  verdictsOf(appends: readonly PendingAppend[]): Promise<readonly (Verdict | undefined)[]>;
  archiveHasAll(): Promise<void>;
  /** The archive's records of producers. */
  records(producerIds: readonly string[]): Promise<readonly ProducerDocument[]>;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface JetStreamProducers {
  open(producerId: string): Promise<EventProducer>;
  archiveMoved(): void;
  /** Resolves when everybody who waits for an append was answered. */
  drained(): Promise<void>;
  close(): void;
}

export function createJetStreamProducers(world: ProducersWorld): JetStreamProducers {
  const { link, pending } = world;
  const publishers = new Set<EpochPublisher>();
  const current = new Map<string, JetStreamProducer>();
  const openings = new Map<string, Promise<unknown>>();
  const settling = createSettling({ ...world, handIn });

  const askArchive = sharedQuestion(hearArchive);
  // What could not be heard now is heard with the next check.
  const archiveMoved = () => void askArchive().catch(() => undefined);
  const checkAll = () => {
    for (const publisher of publishers) if (publisher.hasPending()) publisher.check();
    archiveMoved();
  };
  const timer = setInterval(checkAll, checkEveryMs);
  timer.unref();
  const forgetLink = link.onReconnect(checkAll);

  async function standing(producerId: string): Promise<ProducerStanding | undefined> {
    const [record] = await world.records([producerId]);
    return record && { epoch: record.epoch, opening: record.opening, lastNumber: record.last_number };
  }

  async function openNow(producerId: string): Promise<JetStreamProducer> {
    const before = current.get(producerId);
    // Else an epoch that goes on appending could move on for ever under the one that wants to follow it.
    await before?.retire();
    const reason = world.closed();
    if (reason) throw new FaultError(reason);
    const { identity, batch, append } = await openEpoch({ ...world, standing }, producerId);
    pending.add(append);
    const publisher = createEpochPublisher({ ...world, ...settling, standing }, identity, batch);
    if (before) {
      before.publisher.supersede();
      publishers.delete(before.publisher);
    }
    publishers.add(publisher);
    const producer = createJetStreamProducer({ ...world, appendWithinMs: world.withinMs }, publisher);
    current.set(producerId, producer);
    return producer;
  }

  function open(producerId: string): Promise<JetStreamProducer> {
    const previous = openings.get(producerId) ?? Promise.resolve();
    const opening = previous.then(() => openNow(producerId));
    openings.set(
      producerId,
      opening.catch(() => undefined),
    );
    return opening;
  }

  async function handIn(appends: readonly PendingAppend[], { identity }: Remains): Promise<readonly Verdict[]> {
    const { producerId, epoch, opening } = identity;
    const producer = await openNow(`${producerId}/lost/${epoch}/${opening}`);
    const again = appends.map(({ events }) => pendingAppend(events, { needsVerdict: true }));
    for (const append of again) {
      pending.add(append);
      producer.publisher.submit(append);
    }
    return Promise.all(again.map(({ settled }) => settled.promise));
  }

  async function hearArchive(): Promise<void> {
    const waiting = [...publishers].filter((publisher) => publisher.hasPending());
    if (waiting.length === 0) return;
    const records = await world.records(waiting.map(({ identity }) => identity.producerId));
    for (const record of records) {
      for (const publisher of waiting) if (publisher.identity.producerId === record._id) publisher.hear(record);
    }
  }

  return {
    open,
    archiveMoved,
    async drained() {
      await Promise.all(openings.values());
      await Promise.all([...current.values()].map((producer) => producer.drained()));
      const awaited = pending.all().filter(({ needsVerdict }) => needsVerdict);
      await Promise.all(awaited.map(({ settled }) => settled.promise));
    },
    close() {
      clearInterval(timer);
      forgetLink();
    },
  };
}
