// Makes batches of appends: what goes into one message.
import { type Fault, fault } from '@waybill/kernel';
import { type BatchBody, compressed, encodeBatch } from '../batch-body.ts';
import { maxBatchEvents, positionOf } from '../positions.ts';
import type { ProducerIdentity } from './alignment.ts';
import type { PendingAppend } from './pending-append.ts';
import { shardOf, subjectsOf } from './subjects.ts';

/** Appends are put together up to this, and to this share of what a message can hold; a larger body is compressed. */
const usualBodyBytes = 256 * 1024;
const usualShare = 0.75;

export interface PendingBatch {
  readonly firstNumber: bigint;
  readonly lastNumber: bigint;
  readonly subject: string;
  readonly body: BatchBody;
  readonly appends: readonly PendingAppend[];
  /** Its message's sequence, once it is acknowledged; undefined again when the stream has lost it. */
  sequence: number | undefined;
  /** How often its message id turned out to be used for a message that is not there. */
  usedIds: number;
}

export interface BatchLimits {
  readonly shards: number;
  readonly maxBodyBytes: number;
}

export interface FormedBatches {
  readonly batches: readonly PendingBatch[];
  /** Those that no message can hold. */
  readonly tooLarge: readonly { readonly append: PendingAppend; readonly fault: Fault }[];
}

/**
 * Puts the appends into as few batches as can be, numbered from `firstNumber`: an append goes whole into one, by the
 * tenant of its first event. One that is too large for a message uses no number.
 */
export async function formBatches(
  identity: ProducerIdentity,
  firstNumber: bigint,
  appends: readonly PendingAppend[],
  { shards, maxBodyBytes }: BatchLimits,
): Promise<FormedBatches> {
  const usualBytes = Math.min(usualBodyBytes, maxBodyBytes * usualShare);
  const batches: PendingBatch[] = [];
  const tooLarge: { append: PendingAppend; fault: Fault }[] = [];
  let number = firstNumber;
  for (const { shard, some } of grouped(appends, shards, usualBytes)) {
    const plain = bodyOf(identity, number, some);
    const body = plain.bytes.length > usualBytes ? await compressed(plain) : plain;
    const { length } = body.bytes;
    if (length > maxBodyBytes) {
      tooLarge.push(...some.map((append) => ({ append, fault: appendTooLarge(length, maxBodyBytes) })));
      continue;
    }
    const lastNumber = number + BigInt(countOf(some)) - 1n;
    const subject = subjectsOf(identity.producerId).ofShard(shard);
    batches.push({ firstNumber: number, lastNumber, subject, body, appends: some, sequence: undefined, usedIds: 0 });
    number = lastNumber + 1n;
  }
  return { batches, tooLarge };
}

interface Group {
  readonly shard: number;
  readonly some: PendingAppend[];
  bytes: number;
}

/** Those of a shard together and in order, as long as they fit; a large one is alone. */
function grouped(appends: readonly PendingAppend[], shards: number, maxBytes: number): Group[] {
  const groups: Group[] = [];
  const open = new Map<number, Group>();
  for (const append of appends) {
    const shard = shardOf(append.events[0]!.tenantId, shards);
    const group = open.get(shard);
    if (group && fits(group, append, maxBytes)) {
      group.some.push(append);
      group.bytes += append.sizeBytes;
    } else {
      const next = { shard, some: [append], bytes: append.sizeBytes };
      open.set(shard, next);
      groups.push(next);
    }
  }
  return groups;
}

function fits({ some, bytes }: Group, append: PendingAppend, maxBytes: number): boolean {
  return bytes + append.sizeBytes <= maxBytes && countOf(some) + append.events.length <= maxBatchEvents;
}

function countOf(appends: readonly PendingAppend[]): number {
  return appends.reduce((sum, { events }) => sum + events.length, 0);
}

function bodyOf(
  { producerId, epoch, opening }: ProducerIdentity,
  firstNumber: bigint,
  pending: readonly PendingAppend[],
): BatchBody {
  const appends = pending.map(({ events, expectedVersion }) => {
    return { envelopes: events.map(({ envelope }) => envelope), expectedVersion };
  });
  const bytes = encodeBatch({ producerId, epoch, opening, firstNumber, appends });
  return { encoding: 'identity', bytes };
}

/** Tells those who wait for the batch's appends that the stream has them. */
export function acknowledge({ appends }: PendingBatch, sequence: number): void {
  let count = 0;
  for (const append of appends) {
    count += append.events.length;
    append.isAcknowledged = true;
    append.durable.resolve(positionOf(BigInt(sequence), count - 1));
  }
}

function appendTooLarge(bytes: number, maxBytes: number): Fault {
  const details = { bytes: String(bytes), max_bytes: String(maxBytes) };
  const message = `an append of ${bytes} bytes does not fit into one message of NATS: raise max_payload of the server`;
  return fault('too_large', message, { details });
}
