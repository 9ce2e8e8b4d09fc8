// Looks a batch up that was sent without anyone seeing the answer.
import type { FindBatchRequest, FindBatchResponse } from '@waybill/contracts';
import { batchOf, FaultError } from '@waybill/kernel';
import type { BatchState } from '@waybill/providers';
import { readFrames } from '../engine/read.ts';
import { ask, asking, type BatchWorld, noBatch } from './ask.ts';

/** How far the clocks of two machines may differ, and a creation time be rounded; microseconds. */
const clockToleranceMicros = 300_000_000n;
const mostPages = 50;

/** Throws a FaultError when the provider cannot be asked: then nothing is known. */
export async function findBatch(request: FindBatchRequest, worlds: readonly BatchWorld[]): Promise<FindBatchResponse> {
  let undecided = false;
  for (const world of worlds) {
    for await (const batch of batchesSince(world, request.sinceMicros - clockToleranceMicros)) {
      const verdict = await isTheOne(world, batch, request);
      if (verdict === true) {
        return { batch: { upstreamBatchId: batch.id, keyId: world.key.id }, undecided: false };
      }
      undecided ||= verdict === undefined;
    }
  }
  return { batch: undefined, undecided };
}

async function* batchesSince(world: BatchWorld, sinceMicros: bigint): AsyncGenerator<BatchState> {
  let after: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const read = world.wire.readPage(await ask(world, world.wire.list(after)));
    if (read === undefined) throw new FaultError(noBatch);
    for (const batch of read.batches) {
      if (batch.createdAtMicros < sinceMicros) return;
      yield batch;
    }
    if (read.next === undefined) return;
    after = read.next;
  }
}

/** By our own id, where the provider keeps it; else by the entries in its results. Undefined while it has none. */
async function isTheOne(world: BatchWorld, batch: BatchState, wanted: FindBatchRequest): Promise<boolean | undefined> {
  if (batch.batchId !== undefined) return batch.batchId === wanted.batchId;
  if (batch.entries !== wanted.entries) return false;
  return batch.isOver ? (await batchInResults(world, batch)) === wanted.batchId : undefined;
}

async function batchInResults(world: BatchWorld, batch: BatchState): Promise<string | undefined> {
  for (const request of world.wire.results(batch)) {
    const found = await asking(world, request, async (answer, watch) => {
      for await (const frames of readFrames(answer, watch, 'ndjson')) {
        for (const { data } of frames) {
          const line = world.wire.readLine(data);
          if (line !== undefined) return batchOf(line.callId);
        }
      }
      return undefined;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
