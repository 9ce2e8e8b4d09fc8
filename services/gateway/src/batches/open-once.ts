// The same idempotency key and entries give the same batch, whichever gateway is asked, and also after a crash.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchDocument } from '../projections/batches.ts';
import { refuseOtherBody } from '../usecases/answer-once.ts';
import { type BatchWorld, catchUp, type IncomingBatch } from './batch-world.ts';
import { type BatchKey, openBatch } from './open-batch.ts';

/** How soon it is looked again whether the first is open, milliseconds. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/**
 * The id of the batch. A repeat waits until the first is open; of a first that was never sent, the repeat is tried
 * itself. Other entries under the same key are a `conflict`. Throws a FaultError.
 */
export async function openOnce(world: BatchWorld, incoming: IncomingBatch): Promise<string> {
  const { attribution, idempotencyKey } = incoming;
  if (idempotencyKey === undefined) return openBatch(world, incoming);
  const key = {
    // Apart from the keys of calls, whose answers are found by theirs.
    idempotencyKeyDigest: world.digests.ofIdempotencyKey(attribution.tenantId, `batch ${idempotencyKey}`),
    requestDigest: digestOf(world, incoming),
  };
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const claim = await world.answers.claim(key.idempotencyKeyDigest, key.requestDigest);
    if (claim.isOurs) return inTurn(world, incoming, key).finally(claim.release);
    refuseOtherBody(claim, key);
    await sleep(pauseMs);
  }
}

async function inTurn(world: BatchWorld, incoming: IncomingBatch, key: BatchKey): Promise<string> {
  await catchUp(world);
  const where = { idempotencyKeyDigest: key.idempotencyKeyDigest };
  const found = await world.readModel.partition.find('batches', { where });
  const standing = found.map(({ document }) => document as BatchDocument).find((batch) => !wasNeverSent(batch));
  if (standing === undefined) return openBatch(world, incoming, key);
  refuseOtherBody(standing, key);
  return standing.batchId;
}

function wasNeverSent({ state, upstreamBatchId, endedBecause }: BatchDocument): boolean {
  return state === 'ended' && upstreamBatchId === '' && endedBecause !== '';
}

/** Of what the entries ask for, under the tenant's key: which file they came in does not matter. */
function digestOf({ digests }: BatchWorld, { attribution, endpoint, entries }: IncomingBatch): Buffer {
  const hash = createHash('sha256').update(endpoint);
  for (const { customId, call } of entries) {
    hash.update(JSON.stringify(customId)).update(digests.ofCall(attribution.tenantId, call));
  }
  return hash.digest();
}
