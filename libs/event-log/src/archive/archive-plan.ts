// What some messages of the stream make of the archive: pure, so that a transaction may run it several times.
import type { Fault } from '@waybill/kernel';
import { positionOf } from '../positions.ts';
import type { ProducerDocument } from './archive-documents.ts';
import { judgeAppend, type KnownEvent } from './judge-append.ts';
import { type Placed, placeBatch } from './producer-order.ts';
import type { ReadAppend, ReadBatch, ReadEvent, ReadMessage } from './read-message.ts';

/** What the archive holds already of whatever the messages touch. */
export interface KnownState {
  readonly end: bigint;
  readonly producers: ReadonlyMap<string, ProducerDocument>;
  readonly events: ReadonlyMap<string, KnownEvent>;
  /** Events of each stream that an append expects a version of. */
  readonly versions: ReadonlyMap<string, bigint>;
  /** Ids of the rejections among the appends that come again. */
  readonly rejections: ReadonlySet<string>;
}

export interface PlannedBatch {
  readonly message: ReadMessage;
  readonly batch: ReadBatch;
  readonly lastPosition: bigint;
  readonly types: readonly string[];
  readonly skipped: readonly number[];
}

export interface PlannedEvent extends KnownEvent {
  readonly eventId: string;
  readonly streamId: string;
}

export interface PlannedRejection {
  readonly id: string;
  readonly message: ReadMessage;
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
  /** The append that is rejected and the number of its first event; the whole message when absent. */
  readonly append?: { readonly firstNumber: bigint; readonly content: ReadAppend };
}

/** Something an operator has to see. */
export interface Finding {
  readonly alarm: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ArchivePlan {
  readonly end: bigint;
  readonly batches: readonly PlannedBatch[];
  readonly events: readonly PlannedEvent[];
  readonly rejections: readonly PlannedRejection[];
  /** Those whose record changes. */
  readonly producers: readonly ProducerDocument[];
  readonly findings: readonly Finding[];
  /** Claims that numbers are missing: the stream may not be what it was. */
  readonly hasGap: boolean;
}

/** The messages are in the stream's order. */
export function planArchive(messages: readonly ReadMessage[], known: KnownState): ArchivePlan {
  const work = createWork(known);
  for (const message of messages) takeIn(work, message);
  return {
    end: work.end,
    batches: work.batches,
    events: work.newEvents,
    rejections: work.rejections,
    producers: [...work.changed].map((producerId) => work.producers.get(producerId)!),
    findings: work.findings,
    hasGap: work.hasGap,
  };
}

function createWork({ end, producers, events, versions, rejections }: KnownState) {
  return {
    end,
    rejectedBefore: rejections,
    hasGap: false,
    producers: new Map(producers),
    events: new Map(events),
    versions: new Map(versions),
    changed: new Set<string>(),
    batches: [] as PlannedBatch[],
    newEvents: [] as PlannedEvent[],
    rejections: [] as PlannedRejection[],
    findings: [] as Finding[],
  };
}

type Work = ReturnType<typeof createWork>;

function takeIn(work: Work, message: ReadMessage): void {
  const { batch, sequence, subject } = message;
  if (!batch) {
    work.rejections.push({ id: `message/${sequence}`, message, reason: 'unreadable', details: {} });
    work.findings.push({ alarm: 'event_batch_unreadable', details: { sequence, subject } });
    return;
  }
  const placed = placeBatch(batch, sequence, work.producers.get(batch.producerId));
  report(work, batch, placed);
  if (placed.place === 'repeat' || placed.place === 'superseded') {
    refuseUnknown(work, message, batch, placed.place);
    return;
  }
  work.producers.set(batch.producerId, placed.producer);
  work.changed.add(batch.producerId);
  store(work, message, batch);
}

function report(work: Work, { producerId, epoch }: ReadBatch, { place, missing }: Placed): void {
  for (const gap of missing) {
    work.hasGap = true;
    const { first, last } = gap;
    work.findings.push({ alarm: 'event_numbers_missing', details: { producerId, epoch: gap.epoch, first, last } });
  }
  if (place === 'opened_again') {
    work.findings.push({ alarm: 'producer_epoch_opened_twice', details: { producerId, epoch } });
  }
}

/** What is known is nothing new; what is not, and comes where nothing more may come, is kept aside. */
function refuseUnknown(work: Work, message: ReadMessage, batch: ReadBatch, place: 'repeat' | 'superseded'): void {
  const reason = place === 'repeat' ? 'number_used_before' : 'epoch_superseded';
  const { producerId, epoch } = batch;
  forEachAppend(batch, (append, at) => {
    const isStored = append.events.every(({ eventId, digest }) => work.events.get(eventId)?.digest.equals(digest));
    if (isStored || work.rejectedBefore.has(rejectionId(batch, at.firstNumber))) return;
    const details = { producer_id: producerId, epoch: String(epoch), number: String(at.firstNumber) };
    reject(work, message, { firstNumber: at.firstNumber, content: append }, { reason, details });
  });
}

function store(work: Work, message: ReadMessage, batch: ReadBatch): void {
  const skipped: number[] = [];
  const types = new Set<string>();
  let lastPosition: bigint | undefined;
  forEachAppend(batch, (append, at) => {
    const verdict = judgeAppend(work, append);
    if (verdict.fault) {
      const rejected = { firstNumber: at.firstNumber, content: append };
      reject(work, message, rejected, rejectionOf(verdict.fault));
    }
    append.events.forEach((event, index) => {
      const isNew = !verdict.fault && verdict.newPlaces.has(index);
      if (!isNew) {
        skipped.push(at.index + index);
        return;
      }
      lastPosition = positionOf(message.sequence, at.index + index);
      types.add(event.type);
      keep(work, event, lastPosition);
    });
  });
  if (lastPosition === undefined) return;
  work.end = lastPosition;
  work.batches.push({ message, batch, lastPosition, types: [...types], skipped });
}

function keep(work: Work, { eventId, streamId, digest }: ReadEvent, position: bigint): void {
  work.events.set(eventId, { position, digest });
  work.newEvents.push({ eventId, streamId, digest, position });
  const version = work.versions.get(streamId);
  if (version !== undefined) work.versions.set(streamId, version + 1n);
}

interface PlaceOfAppend {
  /** Place of its first event in the batch. */
  readonly index: number;
  readonly firstNumber: bigint;
}

function forEachAppend(batch: ReadBatch, visit: (append: ReadAppend, at: PlaceOfAppend) => void): void {
  let index = 0;
  for (const append of batch.appends) {
    visit(append, { index, firstNumber: batch.firstNumber + BigInt(index) });
    index += append.events.length;
  }
}

/** The same for the same append, however often it comes. */
export function rejectionId({ producerId, epoch, opening }: ReadBatch, firstNumber: bigint): string {
  return [producerId, epoch, opening, firstNumber].join('/');
}

function rejectionOf({ details }: Fault): Pick<PlannedRejection, 'reason' | 'details'> {
  return { reason: details.reason ?? 'refused', details };
}

/** A wrong version is what its caller asked to be told of; everything else is nobody's plan. */
function reject(
  work: Work,
  message: ReadMessage,
  append: NonNullable<PlannedRejection['append']>,
  why: Pick<PlannedRejection, 'reason' | 'details'>,
): void {
  work.rejections.push({ id: rejectionId(message.batch!, append.firstNumber), message, append, ...why });
  if (why.reason === 'wrong_version') return;
  const details = { ...why.details, reason: why.reason, sequence: message.sequence };
  work.findings.push({ alarm: 'event_kept_aside', details });
}
