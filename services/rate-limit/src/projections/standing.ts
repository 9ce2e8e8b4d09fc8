// The snapshot that a replica builds its state from when it takes charge of tenants: spend by day and subject, what is
// still held, and where in the log the last minutes begin. Nothing is admitted from it: it is read once, before the
// first admission. It is read while it is being written, so each sum says how far in the log it has come.
import type { AttemptEnded, AttemptStarted, Attribution } from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import type { Document, DocumentKey, Projection, WorkingSet } from '@waybill/projections';
import { slotOf } from '../core/partition.ts';
import { dayOf } from '../core/period.ts';
import { type Subject, subjectOf } from '../core/scope.ts';

/** Money of one subject on one UTC day, decimal text so that no total is too large. */
export interface SpendDocument extends Document {
  /** Of the tenant. */
  readonly slot: bigint;
  readonly day: string;
  readonly subject: Subject;
  readonly spentPicoUsd: string;
  readonly uncertainPicoUsd: string;
  /** The last event that is added in. */
  readonly position: bigint;
}

/** An attempt that has not ended. */
export interface OpenDocument extends Document {
  /** Of the tenant. */
  readonly slot: bigint;
  readonly attemptId: string;
  readonly subject: Subject;
  readonly atMicros: bigint;
  readonly tokens: bigint;
  readonly holdPicoUsd: bigint;
  readonly notAfterMicros: bigint;
  readonly reserved: readonly string[];
}

/** For each of the last seconds that saw an admission: the log's position before it. */
export interface RecentDocument extends Document {
  readonly seconds: readonly { readonly second: bigint; readonly before: bigint }[];
}

const secondsKept = 128;

export const standingProjection: Projection = {
  name: 'limit_standing',
  version: 2,
  collections: [
    { name: 'spend', indexes: [['slot', 'day']] },
    { name: 'open', indexes: [['slot']] },
    { name: 'recent' },
  ],
  types: [events.attemptStarted.type, events.attemptEnded.type, events.usageCorrected.type],
  reads,
  apply,
};

const recentKey: DocumentKey = { collection: 'recent', key: 'recent' };

function reads(event: StoredEvent): readonly DocumentKey[] {
  const { envelope } = event;
  if (envelope.type === events.attemptStarted.type) return [recentKey];
  if (envelope.type === events.attemptEnded.type) {
    const ended = events.attemptEnded.decode(envelope);
    return [
      { collection: 'open', key: ended.attemptId },
      { collection: 'spend', key: spendKeyOf(ended) },
    ];
  }
  return [{ collection: 'spend', key: spendKeyOf(events.usageCorrected.decode(envelope)) }];
}

function apply(event: StoredEvent, documents: WorkingSet): void {
  const { envelope } = event;
  if (envelope.type === events.attemptStarted.type) {
    const started = events.attemptStarted.decode(envelope);
    documents.put('open', started.attemptId, openDocument(started));
    noteSecond(event, started, documents);
  } else if (envelope.type === events.attemptEnded.type) {
    const ended = events.attemptEnded.decode(envelope);
    documents.delete('open', ended.attemptId);
    const money = { spent: ended.rating?.amountPicoUsd ?? 0n, uncertain: ended.uncertainPicoUsd };
    addSpend(documents, event, ended, money);
  } else {
    const corrected = events.usageCorrected.decode(envelope);
    const money = { spent: corrected.differencePicoUsd, uncertain: -corrected.releasedPicoUsd };
    addSpend(documents, event, corrected, money);
  }
}

function openDocument(started: AttemptStarted): OpenDocument {
  const { reservation, attemptId } = started;
  const subject = subjectOf(started.attribution, started.modelId, started.providerId);
  return {
    slot: BigInt(slotOf(subject.tenant)),
    attemptId,
    subject,
    atMicros: reservation?.admittedAtMicros ?? 0n,
    tokens: BigInt((reservation?.inputTokensBound ?? 0) + (reservation?.outputTokensBound ?? 0)),
    holdPicoUsd: reservation?.holdPicoUsd ?? 0n,
    notAfterMicros: reservation?.notAfterMicros ?? 0n,
    reserved: reservation?.reserved ?? [],
  };
}

function noteSecond(event: StoredEvent, started: AttemptStarted, documents: WorkingSet): void {
  const second = (started.reservation?.admittedAtMicros ?? 0n) / 1_000_000n;
  const seconds = documents.get<RecentDocument>(recentKey.collection, recentKey.key)?.seconds ?? [];
  const last = seconds.at(-1);
  if (last !== undefined && last.second >= second) return;
  const grown = [...seconds.slice(-(secondsKept - 1)), { second, before: event.position - 1n }];
  documents.put(recentKey.collection, recentKey.key, { seconds: grown });
}

type Charged = Pick<AttemptEnded, 'modelId' | 'providerId' | 'admittedAtMicros'> & {
  attribution: Attribution | undefined;
};

/** The key of the sum that an amount is added to. */
export function spendKeyOf(charged: Charged): string {
  const subject = subjectOf(charged.attribution, charged.modelId, charged.providerId);
  return JSON.stringify([dayOf(charged.admittedAtMicros), ...Object.values(subject)]);
}

interface Money {
  readonly spent: bigint;
  readonly uncertain: bigint;
}

function addSpend(documents: WorkingSet, { position }: StoredEvent, charged: Charged, money: Money): void {
  if (money.spent === 0n && money.uncertain === 0n) return;
  const key = spendKeyOf(charged);
  const before = documents.get<SpendDocument>('spend', key);
  const subject = subjectOf(charged.attribution, charged.modelId, charged.providerId);
  documents.put('spend', key, {
    slot: BigInt(slotOf(subject.tenant)),
    day: dayOf(charged.admittedAtMicros),
    subject,
    spentPicoUsd: String(BigInt(before?.spentPicoUsd ?? '0') + money.spent),
    uncertainPicoUsd: String(BigInt(before?.uncertainPicoUsd ?? '0') + money.uncertain),
    position,
  } satisfies SpendDocument);
}
