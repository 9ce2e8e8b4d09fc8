// Messages and records for the pure specs.
import { createHash } from 'node:crypto';
import type { ProducerDocument } from './archive-documents.ts';
import type { PreviousEpoch, ReadAppend, ReadBatch, ReadMessage } from './read-message.ts';

export interface EventChoice {
  readonly id: string;
  readonly content?: string;
  readonly streamId?: string;
  readonly type?: string;
}

export function append(events: readonly EventChoice[], expectedVersion?: ReadAppend['expectedVersion']): ReadAppend {
  const read = events.map(({ id, content = '', streamId = `call/${id}`, type = 'Happened' }) => {
    return { eventId: id, streamId, type, digest: createHash('sha256').update(`${id}${content}`).digest() };
  });
  return { events: read, expectedVersion, envelopes: read.map(({ eventId }) => Buffer.from(eventId)) };
}

export interface BatchChoice {
  readonly producerId?: string;
  readonly epoch?: bigint;
  readonly opening?: string;
  readonly previous?: PreviousEpoch;
}

export function batch(firstNumber: bigint, appends: readonly ReadAppend[], choice: BatchChoice = {}): ReadBatch {
  const { producerId = 'gateway/0', epoch = 1n, opening = `opening ${epoch}`, previous } = choice;
  const count = appends.reduce((sum, { events }) => sum + events.length, 0);
  return { producerId, epoch, opening, firstNumber, lastNumber: firstNumber + BigInt(count - 1), previous, appends };
}

export function message(sequence: bigint, read: ReadBatch | undefined): ReadMessage {
  const body = { encoding: 'identity' as const, bytes: Buffer.from(`body ${sequence}`) };
  return { sequence, subject: 'waybill.events.0.gateway.x', body, batch: read, kept: body };
}

export function producer(lastNumber: bigint, different: Partial<ProducerDocument> = {}): ProducerDocument {
  const epoch = different.epoch ?? 1n;
  return {
    _id: 'gateway/0',
    epoch,
    opening: `opening ${epoch}`,
    last_number: lastNumber,
    last_sequence: 7n,
    gaps: [],
    ...different,
  };
}
