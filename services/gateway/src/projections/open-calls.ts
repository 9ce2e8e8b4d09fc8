// Calls that have been admitted and not ended: what a gateway that dies leaves for a sweeper. Entries of batches are kept
// apart: they outlive their gateway.
import { AttemptStarted, Attribution, encodeMessage } from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import type { Document, DocumentKey, Projection, ProjectionPartition, WorkingSet } from '@waybill/projections';
import { applyToBatch, batchCollections, batchIn, batchReads, batchTypes } from './batches.ts';

export interface OpenCallDocument extends Document {
  readonly callId: string;
  readonly tenantId: string;
  /** Whose call it is. */
  readonly producerId: string;
  readonly epoch: bigint;
  readonly admittedAtMicros: bigint;
  /** Encoded. */
  readonly attribution: Uint8Array;
  readonly attempts: bigint;
  readonly lastAttemptId: string;
  /** The attempt under way, as it was written; empty when there is none. */
  readonly openAttempt: Uint8Array;
}

const collection = 'open';
const none = new Uint8Array(0);

export const openCallsProjection: Projection = {
  name: 'open_calls',
  version: 3,
  collections: [{ name: collection, indexes: [['producerId']] }, ...batchCollections],
  types: [
    ...[events.callAdmitted, events.attemptStarted, events.attemptEnded, events.callEnded].map(({ type }) => type),
    ...batchTypes,
  ],
  reads(event) {
    const batchId = batchIn(event);
    return batchId === undefined ? [keyOf(event.envelope.correlationId)] : batchReads(event, batchId);
  },
  apply,
};

/** An attempt as it was written when it started; undefined when none is under way. */
export function openAttemptOf({ openAttempt }: OpenCallDocument): AttemptStarted | undefined {
  return openAttempt.length === 0 ? undefined : AttemptStarted.decode(openAttempt);
}

export function attributionOf({ attribution }: OpenCallDocument): Attribution {
  return Attribution.decode(attribution);
}

/** Everyone under whose id a call is open, by a few looks into the index however many calls there are. */
export async function producersWithOpenCalls(partition: ProjectionPartition): Promise<readonly string[]> {
  const producerIds: string[] = [];
  let from = '';
  for (;;) {
    const range = { field: 'producerId', from };
    const [next] = await partition.find(collection, { range, orderBy: { field: 'producerId' }, limit: 1 });
    if (next === undefined) return producerIds;
    const { producerId } = next.document as OpenCallDocument;
    producerIds.push(producerId);
    from = `${producerId}\u0001`;
  }
}

function keyOf(callId: string): DocumentKey {
  return { collection, key: callId };
}

function apply(event: StoredEvent, documents: WorkingSet): void {
  const batchId = batchIn(event);
  const { envelope } = event;
  const callId = envelope.correlationId;
  if (batchId !== undefined) applyToBatch(event, batchId, documents);
  else if (envelope.type === events.callEnded.type) documents.delete(collection, callId);
  else documents.put(collection, callId, after(event, documents.get<OpenCallDocument>(collection, callId)));
}

function after(event: StoredEvent, open: OpenCallDocument | undefined): OpenCallDocument {
  const { type, correlationId } = event.envelope;
  if (type === events.callAdmitted.type) return opened(event);
  if (open === undefined) throw new Error(`${type} of ${correlationId}, which is not open`);
  return type === events.attemptStarted.type ? started(open, event) : ended(open);
}

function opened({ envelope }: StoredEvent): OpenCallDocument {
  const { callId, attribution } = events.callAdmitted.decode(envelope);
  return {
    callId,
    tenantId: envelope.tenantId,
    producerId: envelope.producer?.producerId ?? '',
    epoch: envelope.producer?.epoch ?? 0n,
    admittedAtMicros: envelope.occurredAtMicros,
    attribution: encodeMessage(Attribution, attribution ?? Attribution.create()),
    attempts: 0n,
    lastAttemptId: '',
    openAttempt: none,
  };
}

function started(open: OpenCallDocument, { envelope }: StoredEvent): OpenCallDocument {
  const attempt = events.attemptStarted.decode(envelope);
  const openAttempt = encodeMessage(AttemptStarted, attempt);
  return { ...open, attempts: BigInt(attempt.attemptNumber), lastAttemptId: attempt.attemptId, openAttempt };
}

function ended(open: OpenCallDocument): OpenCallDocument {
  return { ...open, openAttempt: none };
}
