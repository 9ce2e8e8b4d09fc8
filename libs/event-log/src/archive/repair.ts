// Brings the stream and the archive together again after the stream has lost what the archive has.
import type { StreamInfo } from '@nats-io/jetstream';
import { FaultError, fault } from '@waybill/kernel';
import type { Lease } from '@waybill/leases';
import { type MongoConnection, mongoFault } from '@waybill/mongodb';
import { natsFault } from '../jetstream/nats-faults.ts';
import { connectNats, type NatsLink } from '../jetstream/nats-link.ts';
import type { StreamSettings } from '../jetstream/nats-settings.ts';
import { wantedStream } from '../jetstream/stream-settings.ts';
import { closedSubject, eventSubjects } from '../jetstream/subjects.ts';
import { archiveCollections, type CheckpointDocument } from './archive-documents.ts';
import { archiveMessages, moveCheckpoint, writableArchive } from './archive-writer.ts';
import { messagesNotArchived } from './rescue.ts';
import { checkStream } from './stream-check.ts';
import { type Damage, damageFault } from './stream-damage.ts';

export interface RepairOptions {
  readonly nats: StreamSettings;
  readonly mongodb: MongoConnection;
  /** Of `repair`, so that there is one at a time; the archiver keeps its own. */
  readonly lease: Pick<Lease, 'isHeld'>;
  /** Goes on without messages that were trimmed before the archive had them, and names them. */
  readonly acceptLoss?: boolean;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface RepairReport {
  /** What was wrong; undefined when nothing was, and nothing was done. */
  readonly damage: Damage | undefined;
  /** Sequences of the record that the stream has lost, or that it may have given to other messages. */
  readonly inDoubt: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Messages of the damaged stream that the archive did not have, and has now. */
  readonly rescuedBatches: number;
  readonly rescuedEvents: number;
  /** Sequences that were trimmed before the archive had them. */
  readonly lost: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Position of the archive's last event before and after. */
  readonly endBefore: bigint;
  readonly endAfter: bigint;
  /** The stream goes on after this sequence. */
  readonly continuesAfter: bigint;
}

/**
 * To be run while an archiver is halted, with the account that may change and purge the stream. Closes the stream for
 * what is published, takes everything into the archive that it does not have (known by event ids, at new positions),
 * empties the stream and lets it go on beyond the record, and opens it again. Producers that live publish again what
 * they have not seen in the archive. May be stopped at any point and run again.
 *
 * Throws a FaultError: `conflict` when an archiver is at work or the lease is lost, `unavailable` when NATS or MongoDB
 * cannot be used, or messages are lost for good and `acceptLoss` does not say that this is known.
 */
export async function repairEventLog(options: RepairOptions): Promise<RepairReport> {
  const link = await connectNats({ nats: options.nats, name: 'repair', alarm: options.alarm });
  try {
    return await repair(options, link);
  } catch (thrown) {
    throw natsFault(thrown, 'the event log cannot be repaired at the moment');
  } finally {
    await link.close();
  }
}

async function repair(options: RepairOptions, link: NatsLink): Promise<RepairReport> {
  const before = await readCheckpoint(options.mongodb);
  const { damage, facts } = await checkStream(link, before);
  if (!damage) return { ...nothingDone(before), damage };
  if (damage === 'missing') return { ...(await makeAgain(options, link, before)), damage };
  if (damage !== 'archive_behind') return { ...(await emptyInto(options, link, before)), damage };
  if (!options.acceptLoss) throw new FaultError(damageFault(damage, facts, before));
  const lost = { first: before.sequence + 1n, last: facts!.firstSequence - 1n };
  await moveTo(options, before, lost.last);
  return { ...nothingDone(before), damage, lost, continuesAfter: lost.last };
}

function nothingDone({ sequence, end }: CheckpointDocument): Omit<RepairReport, 'damage'> {
  return {
    inDoubt: undefined,
    rescuedBatches: 0,
    rescuedEvents: 0,
    lost: undefined,
    endBefore: end,
    endAfter: end,
    continuesAfter: sequence,
  };
}

async function makeAgain(
  options: RepairOptions,
  { manager }: NatsLink,
  before: CheckpointDocument,
): Promise<Omit<RepairReport, 'damage'>> {
  const first = Number(before.sequence) + 1;
  await manager.streams.add({ ...wantedStream(options.nats), first_seq: first });
  await moveTo(options, before, before.sequence);
  return nothingDone(before);
}

async function emptyInto(
  options: RepairOptions,
  link: NatsLink,
  before: CheckpointDocument,
): Promise<Omit<RepairReport, 'damage'>> {
  const info = await closeStream(link);
  const last = BigInt(info.state.last_seq);
  const rescued = await rescue(options, link, { from: before, last });
  const target = largest(rescued.checkpoint.sequence, last);
  await purgeTo(options, link, { target, last });
  await moveTo(options, rescued.checkpoint, target);
  await openStream(link, info);
  const isShort = last < before.sequence;
  return {
    ...nothingDone(before),
    inDoubt: { first: isShort ? last + 1n : BigInt(info.state.first_seq), last: before.sequence },
    rescuedBatches: rescued.batches,
    rescuedEvents: rescued.events,
    endAfter: rescued.checkpoint.end,
    continuesAfter: target,
  };
}

/** Nothing that is published is taken any more; the answer tells what was taken until then. */
async function closeStream({ manager, stream }: NatsLink): Promise<StreamInfo> {
  const { config } = await manager.streams.info(stream);
  await manager.streams.update(stream, { ...config, subjects: [closedSubject] });
  return manager.streams.info(stream);
}

async function openStream({ manager, stream }: NatsLink, { config }: StreamInfo): Promise<void> {
  await manager.streams.update(stream, { ...config, subjects: [eventSubjects] });
}

interface Rescued {
  readonly checkpoint: CheckpointDocument;
  readonly batches: number;
  readonly events: number;
}

/** The messages get sequences beyond all that were ever given. */
async function rescue(
  { mongodb, alarm }: RepairOptions,
  link: NatsLink,
  { from, last }: { readonly from: CheckpointDocument; readonly last: bigint },
): Promise<Rescued> {
  let rescued: Rescued = { checkpoint: from, batches: 0, events: 0 };
  const writable = writableArchive(mongodb);
  for await (const found of messagesNotArchived(link, writable.collections, last)) {
    const base = largest(rescued.checkpoint.sequence, last);
    const messages = found.map((message, index) => ({ ...message, sequence: base + BigInt(index + 1) }));
    const step = { messages, from: rescued.checkpoint, takesGap: () => true };
    const archived = await archiveMessages(writable, step);
    if (archived === 'gap') throw new Error('a gap was to be taken');
    const { checkpoint, plan } = archived;
    for (const finding of plan.findings) alarm(finding.alarm, finding.details);
    const batches = rescued.batches + plan.batches.length;
    rescued = { checkpoint, batches, events: rescued.events + plan.events.length };
  }
  await writable.writer.close();
  return rescued;
}

async function purgeTo(
  { lease }: RepairOptions,
  { manager, stream }: NatsLink,
  { target, last }: { readonly target: bigint; readonly last: bigint },
): Promise<void> {
  const { state } = await manager.streams.info(stream);
  if (!lease.isHeld() || BigInt(state.last_seq) !== last) {
    const message = 'the stream has changed, or the lease was lost, during the repair: run it again';
    throw new FaultError(fault('conflict', message, { details: { reason: 'repair_disturbed' } }));
  }
  await manager.streams.purge(stream, { seq: Number(target) + 1 });
  const after = await manager.streams.info(stream);
  if (BigInt(after.state.last_seq) === target && after.state.messages === 0) return;
  throw new FaultError(fault('unavailable', `the stream goes on after ${after.state.last_seq}, not after ${target}`));
}

async function moveTo({ mongodb }: RepairOptions, from: CheckpointDocument, sequence: bigint): Promise<void> {
  const to = { ...from, sequence, message_digest: null };
  await moveCheckpoint(archiveCollections(mongodb), { from, to });
}

async function readCheckpoint(mongodb: MongoConnection): Promise<CheckpointDocument> {
  const { checkpoint } = archiveCollections(mongodb);
  const found = await checkpoint.findOne({ _id: 'archive' }).catch((thrown: unknown) => {
    throw mongoFault(thrown, 'the event archive cannot be read');
  });
  if (!found) throw new FaultError(fault('not_found', 'there is no event archive'));
  return found;
}

function largest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
