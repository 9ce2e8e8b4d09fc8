// Writes messages into the archive: everything they bring, and the checkpoint, in one transaction.
import { EventBatch, encodeMessage } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { type MongoConnection, type MongoWriter, mongoWriter } from '@waybill/mongodb';
import { type AnyBulkWriteOperation, Binary, type ClientSession, type Filter } from 'mongodb';
import type { BatchBody } from '../batch-body.ts';
import { positionOf } from '../positions.ts';
import {
  type ArchiveCollections,
  archiveCollections,
  archiveDatabaseName,
  type BatchDocument,
  type CheckpointDocument,
  type EventDocument,
  type ProducerDocument,
  type RejectionDocument,
} from './archive-documents.ts';
import {
  type ArchivePlan,
  type KnownState,
  type PlannedBatch,
  type PlannedRejection,
  planArchive,
  rejectionId,
} from './archive-plan.ts';
import { messageDigest, type ReadBatch, type ReadMessage } from './read-message.ts';

/** The archive for whoever is in charge of it, or thinks so: the checkpoint decides. */
export interface WritableArchive {
  readonly collections: ArchiveCollections;
  readonly writer: MongoWriter;
}

export function writableArchive(connection: MongoConnection): WritableArchive {
  const writer = mongoWriter({ connection, database: archiveDatabaseName, name: 'archive' });
  return { collections: archiveCollections(connection), writer };
}

export interface Archived {
  readonly checkpoint: CheckpointDocument;
  readonly plan: ArchivePlan;
}

export interface ArchiveStep {
  /** In the stream's order; at least one. */
  readonly messages: readonly ReadMessage[];
  /** The checkpoint as it is; the step is taken from there or not at all. */
  readonly from: CheckpointDocument;
  /** Whether numbers that are missing are to be taken for lost. */
  takesGap(): boolean;
}

/**
 * Takes the step; `gap` when numbers are missing and not to be taken for lost. Throws `conflict` with detail `reason: checkpoint_moved`
 * when another archiver has been at work.
 */
export async function archiveMessages(archive: WritableArchive, step: ArchiveStep): Promise<Archived | 'gap'> {
  const { collections, writer } = archive;
  return writer.inTransaction(async (session) => {
    await refuseMoved(collections, step.from, session);
    const plan = planArchive(step.messages, await knownState(collections, step, session));
    if (plan.hasGap && !step.takesGap()) return 'gap';
    await write(collections, plan, session);
    const checkpoint = checkpointAfter(step, plan);
    await moveCheckpoint(collections, { from: step.from, to: checkpoint }, session);
    return { checkpoint, plan };
  });
}

function checkpointAfter({ messages }: ArchiveStep, { end }: ArchivePlan): CheckpointDocument {
  const last = messages.at(-1)!;
  return { _id: 'archive', sequence: last.sequence, end, message_digest: new Binary(messageDigest(last)) };
}

async function refuseMoved(
  { checkpoint }: ArchiveCollections,
  from: CheckpointDocument,
  session: ClientSession,
): Promise<void> {
  const found = await checkpoint.findOne({ _id: 'archive' }, { session });
  if (found?.sequence !== from.sequence || found.end !== from.end) throw checkpointMoved(from.sequence);
}

/** Moves the checkpoint from where it is thought to be. Throws `conflict` (`checkpoint_moved`) when it is elsewhere. */
export async function moveCheckpoint(
  { checkpoint }: Pick<ArchiveCollections, 'checkpoint'>,
  { from, to }: { readonly from: CheckpointDocument; readonly to: CheckpointDocument },
  session?: ClientSession,
): Promise<void> {
  const { _id, ...fields } = to;
  const where = { _id, sequence: from.sequence, end: from.end };
  const { matchedCount } = await checkpoint.updateOne(where, { $set: fields }, { session });
  if (matchedCount !== 1) throw checkpointMoved(from.sequence);
}

export function checkpointMoved(sequence: bigint): FaultError {
  const details = { reason: 'checkpoint_moved', sequence: String(sequence) };
  return new FaultError(fault('conflict', `the archive's checkpoint is not at ${sequence} any more`, { details }));
}

async function knownState(
  { events, producers, rejections }: ArchiveCollections,
  { messages, from }: ArchiveStep,
  session: ClientSession,
): Promise<KnownState> {
  const batches = messages.flatMap(({ batch }) => batch ?? []);
  const appends = batches.flatMap((batch) => batch.appends);
  const ids = appends.flatMap((append) => append.events.map(({ eventId }) => eventId));
  const producerIds = [...new Set(batches.map(({ producerId }) => producerId))];
  const foundEvents = await events.find({ _id: { $in: ids } }, { session }).toArray();
  const foundProducers = await producers.find({ _id: { $in: producerIds } }, { session }).toArray();
  const versions = new Map<string, bigint>();
  for (const streamId of new Set(appends.flatMap(({ expectedVersion }) => expectedVersion?.streamId ?? []))) {
    versions.set(streamId, BigInt(await events.countDocuments({ stream_id: streamId }, { session })));
  }
  const before = new Map(foundProducers.map((producer) => [producer._id, producer]));
  const again = batches.filter((batch) => comesAgain(batch, before.get(batch.producerId))).flatMap(rejectionIds);
  const rejected = again.length > 0 ? await rejections.find({ _id: { $in: again } }, { session }).toArray() : [];
  return {
    end: from.end,
    rejections: new Set(rejected.map(({ _id }) => _id)),
    events: new Map(foundEvents.map(({ _id, position, digest }) => [_id, { position, digest: bytesOf(digest) }])),
    producers: before,
    versions,
  };
}

function comesAgain({ epoch, lastNumber }: ReadBatch, before: ProducerDocument | undefined): boolean {
  return before !== undefined && (epoch < before.epoch || lastNumber <= before.last_number);
}

function rejectionIds(batch: ReadBatch): string[] {
  let number = batch.firstNumber;
  return batch.appends.map(({ events }) => {
    const id = rejectionId(batch, number);
    number += BigInt(events.length);
    return id;
  });
}

/** The bytes without a copy. */
export function bytesOf(binary: Binary): Buffer {
  const { buffer, position } = binary;
  return Buffer.from(buffer.buffer, buffer.byteOffset, position);
}

async function write(collections: ArchiveCollections, plan: ArchivePlan, session: ClientSession): Promise<void> {
  const { batches, events, producers, rejections } = collections;
  if (plan.batches.length > 0) {
    await batches.insertMany(plan.batches.map(batchDocument), { session });
    await events.insertMany(plan.events.map(eventDocument), { session });
  }
  if (plan.rejections.length > 0) {
    await rejections.insertMany(plan.rejections.map(rejectionDocument), { session });
  }
  if (plan.producers.length > 0) await producers.bulkWrite(plan.producers.map(replacement), { session });
}

function replacement<Shape extends { readonly _id: string }>(document: Shape): AnyBulkWriteOperation<Shape> {
  return { replaceOne: { filter: { _id: document._id } as Filter<Shape>, replacement: document, upsert: true } };
}

function batchDocument({ message, batch, ...planned }: PlannedBatch): BatchDocument {
  const { encoding, bytes } = message.kept;
  return {
    _id: message.sequence,
    first_position: positionOf(message.sequence, 0),
    last_position: planned.lastPosition,
    subject: message.subject,
    producer_id: batch.producerId,
    epoch: batch.epoch,
    first_number: batch.firstNumber,
    last_number: batch.lastNumber,
    types: planned.types,
    skipped: planned.skipped,
    encoding,
    body: new Binary(bytes),
  };
}

function eventDocument({ eventId, streamId, position, digest }: ArchivePlan['events'][number]): EventDocument {
  return { _id: eventId, position, digest: new Binary(digest), stream_id: streamId };
}

function rejectionDocument({ id, message, append, reason, details }: PlannedRejection): RejectionDocument {
  const { encoding, bytes } = rejectedBody(message, append) ?? message.kept;
  return {
    _id: id,
    sequence: message.sequence,
    reason,
    details,
    event_ids: append?.content.events.map(({ eventId }) => eventId) ?? [],
    subject: message.subject,
    encoding,
    body: new Binary(bytes),
  };
}

/** A batch of the rejected append alone. */
function rejectedBody({ batch }: ReadMessage, append: PlannedRejection['append']): BatchBody | undefined {
  if (!batch || !append) return undefined;
  const { producerId, epoch, opening } = batch;
  const { expectedVersion, envelopes } = append.content;
  const appends = [{ expectedVersion, envelopes: [...envelopes] }];
  const alone = { producerId, epoch, opening, firstNumber: append.firstNumber, appends };
  return { encoding: 'identity', bytes: encodeMessage(EventBatch, alone) };
}
