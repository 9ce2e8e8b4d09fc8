// A message of the stream, read as far as the archive has to know it.
import { createHash } from 'node:crypto';
import { Envelope, type ExpectedVersion } from '@waybill/contracts';
import { type BatchBody, compressed, decodeBatch } from '../batch-body.ts';
import { events } from '../events.ts';
import { maxBatchEvents } from '../positions.ts';

export interface StreamMessage {
  readonly sequence: bigint;
  readonly subject: string;
  readonly body: BatchBody;
}

export interface ReadEvent {
  readonly eventId: string;
  readonly type: string;
  readonly streamId: string;
  /** SHA-256 of the envelope without its stamp. */
  readonly digest: Buffer;
}

export interface ReadAppend {
  readonly events: readonly ReadEvent[];
  readonly expectedVersion: ExpectedVersion | undefined;
  readonly envelopes: readonly Buffer[];
}

/** What an epoch says of the one before when it opens. */
export interface PreviousEpoch {
  readonly epoch: bigint;
  readonly lastNumber: bigint;
}

export interface ReadBatch {
  readonly producerId: string;
  readonly epoch: bigint;
  readonly opening: string;
  readonly firstNumber: bigint;
  readonly lastNumber: bigint;
  /** Present in the first batch of an epoch. */
  readonly previous: PreviousEpoch | undefined;
  readonly appends: readonly ReadAppend[];
}

export interface ReadMessage extends StreamMessage {
  /** Undefined when the body is no batch. */
  readonly batch: ReadBatch | undefined;
  /** The body as it is kept. */
  readonly kept: BatchBody;
}

export async function readMessage(message: StreamMessage): Promise<ReadMessage> {
  const batch = await readBatch(message.body).catch(() => undefined);
  return { ...message, batch, kept: await compressed(message.body) };
}

/** By which a message is known again. */
export function messageDigest({ subject, body }: Pick<StreamMessage, 'subject' | 'body'>): Buffer {
  return createHash('sha256').update(subject).update('\0').update(body.bytes).digest();
}

async function readBatch(body: BatchBody): Promise<ReadBatch | undefined> {
  const { appends, ...fields } = await decodeBatch(body);
  const read = appends.map(({ envelopes, expectedVersion }) => {
    return { envelopes, expectedVersion, events: envelopes.map(readEvent) };
  });
  const count = read.reduce((sum, { events }) => sum + events.length, 0);
  const isSound = fields.producerId !== '' && fields.epoch > 0n && fields.firstNumber > 0n;
  if (!isSound || count === 0 || count > maxBatchEvents) return undefined;
  const lastNumber = fields.firstNumber + BigInt(count - 1);
  const previous = fields.firstNumber === 1n ? previousEpoch(appends[0]?.envelopes[0]) : undefined;
  return { ...fields, lastNumber, previous, appends: read };
}

function previousEpoch(first: Buffer | undefined): PreviousEpoch | undefined {
  const envelope = first && Envelope.decode(first);
  if (envelope?.type !== events.producerEpochOpened.type) return undefined;
  const { previousEpoch: epoch, previousLastNumber: lastNumber } = events.producerEpochOpened.decode(envelope);
  return { epoch, lastNumber };
}

function readEvent(bytes: Buffer): ReadEvent {
  const { eventId, type, streamId } = Envelope.decode(bytes);
  if (!eventId || !type || !streamId) throw new Error('an event without an id, type or stream');
  return { eventId, type, streamId, digest: createHash('sha256').update(bytes).digest() };
}
