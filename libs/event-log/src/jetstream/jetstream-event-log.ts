import { type Clock, FaultError } from '@waybill/kernel';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { archiveCollections } from '../archive/archive-documents.ts';
import { archiveSource } from '../archive/archive-source.ts';
import { watchArchive } from '../archive/archive-watch.ts';
import { storedEvents, streamVersions, verdictsOf } from '../archive/verdicts.ts';
import { logClosed } from '../log-faults.ts';
import { eventReader } from '../page-stream.ts';
import type { EventLog } from '../ports.ts';
import { sharedQuestion } from '../shared-question.ts';
import { createJetStreamProducers } from './jetstream-producers.ts';
import { natsFault } from './nats-faults.ts';
import { connectNats } from './nats-link.ts';
import type { NatsSettings } from './nats-settings.ts';
import { keepPendingAppends } from './pending-append.ts';
import { archiveMovedSubject } from './subjects.ts';

const defaultAppendWithinMs = 10_000;
const defaultMaxPendingBytes = 64 * 1024 * 1024;
const closeWithinMs = 5_000;

export interface JetStreamEventLogOptions {
  readonly nats: NatsSettings;
  /** Subjects that tenants are spread over; 1 when absent. */
  readonly shards?: number;
  /** Where the archive is; was prepared by `prepareArchive`. */
  readonly mongodb: MongoConnection;
  /** Shown in the servers' monitoring, such as `gateway/gateway-0`. */
  readonly name: string;
  /** Dates the events of the producers' epochs. */
  readonly clock: Clock;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
  /** How long an append, an opening or the end of the log may take before it fails, milliseconds; default 10,000. */
  readonly withinMs?: number;
  /** What may wait for the archive, bytes; beyond it appends are refused. Default 64 MiB. */
  readonly maxPendingBytes?: number;
}

/**
 * An event log that is written into a JetStream stream and read from the archive in MongoDB, which an archiver fills
 * (decision 0009). An append that is `fresh` resolves when the stream has it; any other when the archive has it, so it
 * needs an archiver at work. Reading up to the end needs one too, and NATS; following what is in the archive does not.
 *
 * A batch that was acknowledged is kept in memory until the archive has it, and published again when the stream turns
 * out to have lost it. An append that fails with `unavailable` may still become durable.
 *
 * Throws a FaultError `unavailable` when NATS cannot be reached.
 */
export async function openJetStreamEventLog(options: JetStreamEventLogOptions): Promise<EventLog> {
  const { nats, mongodb, clock, alarm, withinMs = defaultAppendWithinMs } = options;
  const link = await connectNats({ nats, name: options.name, alarm });
  const collections = archiveCollections(mongodb);
  const watch = watchArchive(collections.checkpoint);
  link.connection.subscribe(archiveMovedSubject, { callback: watch.moved });
  const stop = new AbortController();
  let closing: Promise<void> | undefined;

  const closed = () => (closing ? logClosed() : undefined);

  const streamEnd = sharedQuestion(async () => {
    const { state } = await link
      .ask(() => link.manager.streams.info(link.stream))
      .catch((thrown: unknown) => {
        throw natsFault(thrown, 'the end of the event log cannot be asked for');
      });
    return BigInt(state.last_seq);
  });
  const archiveHasAll = async () => watch.reached(await streamEnd(), withinMs);
  const end = async () => {
    const reason = closed();
    if (reason) throw new FaultError(reason);
    return (await archiveHasAll()).end;
  };

  const producers = createJetStreamProducers({
    link,
    clock,
    alarm,
    end,
    closed,
    stop: stop.signal,
    shards: options.shards ?? 1,
    withinMs,
    pending: keepPendingAppends(options.maxPendingBytes ?? defaultMaxPendingBytes),
    async lookUp(eventIds, streamIds) {
      await archiveHasAll();
      const [events, versions] = await Promise.all([
        storedEvents(collections, eventIds),
        streamVersions(collections, streamIds),
      ]);
      return { events, versions };
    },
    verdictsOf: (appends) => verdictsOf(collections, appends),
    archiveHasAll: async () => void (await archiveHasAll()),
    async records(producerIds) {
      return collections.producers
        .find({ _id: { $in: [...producerIds] } })
        .toArray()
        .catch((thrown: unknown) => {
          throw mongoFault(thrown, 'the event archive cannot be read');
        });
    },
  });
  watch.onMove(producers.archiveMoved);

  stop.signal.addEventListener('abort', watch.close, { once: true });

  async function shut(): Promise<void> {
    const grace = setTimeout(() => stop.abort(), closeWithinMs);
    await producers.drained();
    clearTimeout(grace);
    stop.abort();
    producers.close();
    await link.close();
  }

  return {
    ...eventReader(archiveSource({ collections, watch, end })),
    openProducer: producers.open,
    close() {
      closing ??= shut();
      return closing;
    },
  };
}
