// Makes batches of appends: what goes into one message.
import { FaultError, fault } from '@waybill/kernel';
import { type BatchBody, compressed, encodeBatch } from '../batch-body.ts';
import { maxBatchEvents, positionOf } from '../positions.ts';
import type { ProducerIdentity } from './alignment.ts';
import type { PendingAppend } from './pending-append.ts';
import { shardOf, subjectsOf } from './subjects.ts';

/** Appends are put together up to this; a larger body is compressed. */
const usualBodyBytes = 256 * 1024;

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

/**
 * Puts the appends into as few batches as can be, numbered from `firstNumber`: an append goes whole into one, by the
 * tenant of its first event. One that is too large for a message is refused and uses no number.
 */
export async function formBatches(
  identity: ProducerIdentity,
  firstNumber: bigint,
  appends: readonly PendingAppend[],
  { shards, maxBodyBytes }: BatchLimits,
): Promise<PendingBatch[]> {
  const batches: PendingBatch[] = [];
  let number = firstNumber;
  for (const { shard, some } of grouped(appends, shards)) {
    const body = await bodyOf(identity, number, some);
    if (body.bytes.length > maxBodyBytes) {
      for (const append of some) append.durable.reject(tooLarge(body.bytes.length, maxBodyBytes));
      continue;
    }
    const lastNumber = number + BigInt(countOf(some)) - 1n;
    const subject = subjectsOf(identity.producerId).ofShard(shard);
    batches.push({ firstNumber: number, lastNumber, subject, body, appends: some, sequence: undefined, usedIds: 0 });
    number = lastNumber + 1n;
  }
  return batches;
}

interface Group {
  readonly shard: number;
  readonly some: PendingAppend[];
  bytes: number;
}

/** Those of a shard together and in order, as long as they fit; a large one is alone. */
function grouped(appends: readonly PendingAppend[], shards: number): Group[] {
  const groups: Group[] = [];
  const open = new Map<number, Group>();
  for (const append of appends) {
    const shard = shardOf(append.events[0]!.tenantId, shards);
    const group = open.get(shard);
    if (group && fits(group, append)) {
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

function fits({ some, bytes }: Group, append: PendingAppend): boolean {
  return bytes + append.sizeBytes <= usualBodyBytes && countOf(some) + append.events.length <= maxBatchEvents;
}

function countOf(appends: readonly PendingAppend[]): number {
  return appends.reduce((sum, { events }) => sum + events.length, 0);
}

async function bodyOf(
  { producerId, epoch, opening }: ProducerIdentity,
  firstNumber: bigint,
  pending: readonly PendingAppend[],
): Promise<BatchBody> {
  const appends = pending.map(({ events, expectedVersion }) => {
    return { envelopes: events.map(({ envelope }) => envelope), expectedVersion };
  });
  const bytes = encodeBatch({ producerId, epoch, opening, firstNumber, appends });
  const body: BatchBody = { encoding: 'identity', bytes };
  return bytes.length > usualBodyBytes ? compressed(body) : body;
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

function tooLarge(bytes: number, maxBytes: number): FaultError {
  const details = { bytes: String(bytes), max_bytes: String(maxBytes) };
  const message = `an append of ${bytes} bytes does not fit into one message of NATS: raise max_payload of the server`;
  return new FaultError(fault('too_large', message, { details }));
}
