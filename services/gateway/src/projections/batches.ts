// Batches and their entries, as far as they are needed to follow them and to tell of them; a part of open_calls.
import {
  type AttemptStarted,
  Attribution,
  CallOutcome,
  encodeMessage,
  AttemptStarted as Started,
} from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import { batchOf } from '@waybill/kernel';
import type { Document, DocumentKey, WorkingSet } from '@waybill/projections';

export interface BatchDocument extends Document {
  readonly batchId: string;
  readonly tenantId: string;
  /** `open` until each of its entries has ended. */
  readonly state: 'open' | 'ended';
  readonly dialect: string;
  readonly endpoint: string;
  readonly providerId: string;
  readonly providerKind: string;
  /** Empty where it was not made of a file. */
  readonly inputFileId: string;
  /** JSON text of the caller's own labels. */
  readonly metadata: string;
  /** Empty when the caller sent no idempotency key; the same goes for the digest of what came with it. */
  readonly idempotencyKeyDigest: string;
  readonly requestDigest: Uint8Array;
  /** Encoded. */
  readonly attribution: Uint8Array;
  /** By whom it was opened, and in which epoch. */
  readonly producerId: string;
  readonly epoch: bigint;
  readonly entries: bigint;
  readonly openedAtMicros: bigint;
  /** 0 until it was about to be sent; the same goes for the next three. */
  readonly submittingAtMicros: bigint;
  readonly submittedAtMicros: bigint;
  readonly cancelledAtMicros: bigint;
  readonly endedAtMicros: bigint;
  /** Why it came to nothing; empty of one that is open, or was worked off. */
  readonly endedBecause: string;
  /** Empty until the provider is known to have it. */
  readonly upstreamBatchId: string;
  readonly keyId: string;
  readonly succeeded: bigint;
  readonly errored: bigint;
  readonly cancelled: bigint;
  readonly expired: bigint;
}

export interface BatchEntryDocument extends Document {
  readonly batchId: string;
  readonly callId: string;
  readonly customId: string;
  readonly modelId: string;
  /** Its attempt, as it was written; empty before it has started and once it has ended. */
  readonly openAttempt: Uint8Array;
  readonly hasEnded: boolean;
}

export const batchCollections = [
  { name: 'batches', indexes: [['state'], ['tenantId', 'dialect', 'openedAtMicros'], ['idempotencyKeyDigest']] },
  { name: 'batch_entries', indexes: [['batchId']] },
];

export const batchTypes: readonly string[] = [
  events.batchOpened,
  events.batchSubmitting,
  events.batchSubmitted,
  events.batchCancelled,
  events.batchEnded,
].map(({ type }) => type);

const none = new Uint8Array(0);

/** The batch that an event is about, itself or as one of its entries. */
export function batchIn({ envelope }: StoredEvent): string | undefined {
  return batchTypes.includes(envelope.type) ? envelope.correlationId : batchOf(envelope.correlationId);
}

export function batchKey(batchId: string): DocumentKey {
  return { collection: 'batches', key: batchId };
}

export function batchEntryKey(callId: string): DocumentKey {
  return { collection: 'batch_entries', key: callId };
}

export function openAttemptIn({ openAttempt }: BatchEntryDocument): AttemptStarted | undefined {
  return openAttempt.length === 0 ? undefined : Started.decode(openAttempt);
}

export function attributionIn({ attribution }: BatchDocument): Attribution {
  return Attribution.decode(attribution);
}

export function batchReads(event: StoredEvent, batchId: string): readonly DocumentKey[] {
  const { correlationId } = event.envelope;
  return correlationId === batchId ? [batchKey(batchId)] : [batchKey(batchId), batchEntryKey(correlationId)];
}

export function applyToBatch(event: StoredEvent, batchId: string, documents: WorkingSet): void {
  const { correlationId, type } = event.envelope;
  if (correlationId !== batchId) applyToEntry(event, batchId, documents);
  else if (type === events.batchOpened.type) put(documents, opened(event));
  else put(documents, { ...batchAt(documents, batchId), ...changed(event) });
}

function batchAt(documents: WorkingSet, batchId: string): BatchDocument {
  const batch = documents.get<BatchDocument>('batches', batchId);
  if (batch === undefined) throw new Error(`${batchId} was never opened`);
  return batch;
}

function put(documents: WorkingSet, batch: BatchDocument): void {
  documents.put('batches', batch.batchId, batch);
}

function opened({ envelope }: StoredEvent): BatchDocument {
  const given = events.batchOpened.decode(envelope);
  const { batchId, attribution, dialect, endpoint, providerId, providerKind, entries } = given;
  const nothingYet = { submittingAtMicros: 0n, submittedAtMicros: 0n, cancelledAtMicros: 0n, endedAtMicros: 0n };
  return {
    ...{ batchId, dialect, endpoint, providerId, providerKind, ...nothingYet },
    tenantId: envelope.tenantId,
    state: 'open',
    attribution: encodeMessage(Attribution, attribution ?? Attribution.create()),
    producerId: envelope.producer?.producerId ?? '',
    epoch: envelope.producer?.epoch ?? 0n,
    entries: BigInt(entries),
    openedAtMicros: envelope.occurredAtMicros,
    inputFileId: given.inputFileId,
    metadata: JSON.stringify(given.metadata),
    idempotencyKeyDigest: given.idempotencyKeyDigest,
    requestDigest: given.requestDigest,
    upstreamBatchId: '',
    keyId: '',
    endedBecause: '',
    ...{ succeeded: 0n, errored: 0n, cancelled: 0n, expired: 0n },
  };
}

type Changed = Partial<
  Pick<BatchDocument, 'submittingAtMicros' | 'submittedAtMicros' | 'upstreamBatchId' | 'keyId' | 'cancelledAtMicros'> &
    Pick<BatchDocument, 'state' | 'endedAtMicros' | 'endedBecause'>
>;

function changed({ envelope }: StoredEvent): Changed {
  const atMicros = envelope.occurredAtMicros;
  switch (envelope.type) {
    case events.batchSubmitting.type:
      return { submittingAtMicros: atMicros };
    case events.batchSubmitted.type: {
      const { upstreamBatchId, keyId } = events.batchSubmitted.decode(envelope);
      return { submittedAtMicros: atMicros, upstreamBatchId, keyId };
    }
    case events.batchCancelled.type:
      return { cancelledAtMicros: atMicros };
    default:
      return {
        ...{ state: 'ended', endedAtMicros: atMicros },
        endedBecause: events.batchEnded.decode(envelope).fault?.message ?? '',
      };
  }
}

function applyToEntry(event: StoredEvent, batchId: string, documents: WorkingSet): void {
  const { envelope } = event;
  const { correlationId: callId, type } = envelope;
  if (type === events.callAdmitted.type) {
    const { customId } = events.callAdmitted.decode(envelope);
    documents.put('batch_entries', callId, {
      ...{ batchId, callId, customId, modelId: '', openAttempt: none, hasEnded: false },
    } satisfies BatchEntryDocument);
    return;
  }
  const entry = documents.get<BatchEntryDocument>('batch_entries', callId);
  if (entry === undefined) throw new Error(`${type} of ${callId}, which was never admitted`);
  if (type === events.attemptStarted.type) {
    const started = events.attemptStarted.decode(envelope);
    const openAttempt = encodeMessage(Started, started);
    documents.put('batch_entries', callId, { ...entry, modelId: started.modelId, openAttempt });
  } else if (type === events.callEnded.type) {
    documents.put('batch_entries', callId, { ...entry, openAttempt: none, hasEnded: true });
    count(event, batchId, documents);
  }
}

function count({ envelope }: StoredEvent, batchId: string, documents: WorkingSet): void {
  const batch = batchAt(documents, batchId);
  const { outcome, fault } = events.callEnded.decode(envelope);
  const field =
    outcome === CallOutcome.COMPLETED ? 'succeeded' : (countedAs[fault?.details.reason ?? ''] ?? ('errored' as const));
  put(documents, { ...batch, [field]: batch[field] + 1n });
}

const countedAs: Readonly<Record<string, 'cancelled' | 'expired'>> = {
  batch_cancelled: 'cancelled',
  batch_expired: 'expired',
};
