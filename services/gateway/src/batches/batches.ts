// What can be done with batches: take them in, tell of them, cancel them, and give their results.
import { AttemptResult, BatchOutcome, ReadBatchResponse } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { toFaultMessage } from '../core/fault-message.ts';
import { markState } from '../core/provider-state.ts';
import { type BatchDocument, type BatchEntryDocument, batchEntryKey, batchKey } from '../projections/batches.ts';
import { batchJournalOf } from './batch-journal.ts';
import { type BatchWorld, catchUp, type IncomingBatch } from './batch-world.ts';
import { entriesOf } from './end-entries.ts';
import { openOnce } from './open-once.ts';
import { readTimeoutMs } from './settle-batch.ts';

/** A result as its provider gave it, with what the caller calls its entry. */
export interface EntryResult {
  readonly entry: BatchEntryDocument;
  readonly result: ReadBatchResponse;
}

export interface BatchPage {
  readonly batches: readonly BatchDocument[];
  readonly hasMore: boolean;
}

/** Throws a FaultError: `not_found` for a batch that the tenant does not have. */
export interface Batches {
  open(incoming: IncomingBatch): Promise<BatchDocument>;
  find(tenantId: string, batchId: string): Promise<BatchDocument>;
  /** The newest first, those of some dialects. */
  list(
    tenantId: string,
    page: { readonly dialects: readonly string[]; readonly after?: string; readonly limit: number },
  ): Promise<BatchPage>;
  cancel(tenantId: string, batchId: string): Promise<BatchDocument>;
  /** Of a batch that is over; asked from its provider each time, since no answer is kept here. */
  results(batch: BatchDocument, signal: AbortSignal): AsyncIterable<EntryResult>;
}

export function createBatches(world: BatchWorld): Batches {
  async function find(tenantId: string, batchId: string): Promise<BatchDocument> {
    await catchUp(world);
    const [found] = await world.readModel.partition.getMany([batchKey(batchId)]);
    const batch = found as BatchDocument | undefined;
    if (batch?.tenantId === tenantId) return batch;
    throw new FaultError(fault('not_found', `there is no batch ${batchId}`, { details: { batch: batchId } }));
  }

  return {
    find,
    open: async (incoming) => find(incoming.attribution.tenantId, await openOnce(world, incoming)),
    async list(tenantId, { dialects, after, limit }) {
      const last = after === undefined ? undefined : await find(tenantId, after);
      if (last === undefined) await catchUp(world);
      const newest = (dialect: string) =>
        world.readModel.partition.find('batches', {
          where: { tenantId, dialect },
          orderBy: { field: 'openedAtMicros', descending: true },
          ...(last && { range: { field: 'openedAtMicros', to: last.openedAtMicros } }),
          limit: limit + 2,
        });
      const found = (await Promise.all(dialects.map(newest))).flat();
      const batches = found.map(({ document }) => document as BatchDocument).toSorted(newestFirst);
      const rest = last ? batches.slice(batches.findIndex(({ batchId }) => batchId === last.batchId) + 1) : batches;
      return { batches: rest.slice(0, limit), hasMore: rest.length > limit };
    },
    async cancel(tenantId, batchId) {
      const batch = await find(tenantId, batchId);
      if (batch.state === 'ended' || batch.cancelledAtMicros !== 0n) return batch;
      const journal = batchJournalOf({ batchId, tenantId, nowMicros: world.clock.nowMicros });
      await world.producer.append([journal.cancelled()]);
      return find(tenantId, batchId);
    },
    results: (batch, signal) => (cameToNothing(batch) ? unbegun(world, batch) : upstream(world, batch, signal)),
  };
}

function newestFirst(one: BatchDocument, other: BatchDocument): number {
  if (one.openedAtMicros !== other.openedAtMicros) return one.openedAtMicros > other.openedAtMicros ? -1 : 1;
  return one.batchId > other.batchId ? -1 : 1;
}

async function* upstream(world: BatchWorld, batch: BatchDocument, signal: AbortSignal): AsyncGenerator<EntryResult> {
  const { batchId, tenantId, providerId, providerKind, upstreamBatchId, keyId } = batch;
  const request = { batchId, tenantId, providerId, batch: { upstreamBatchId, keyId } };
  const lines = world.neighbours.providers.readBatch(request, { signal, timeoutMs: readTimeoutMs });
  for await (const line of lines) {
    const [entry] = await world.readModel.partition.getMany([batchEntryKey(line.callId)]);
    if (entry === undefined) continue;
    const parts = line.parts.map((part) => markState(part, providerKind));
    yield { entry: entry as BatchEntryDocument, result: { ...line, parts } };
  }
}

function cameToNothing({ endedBecause, upstreamBatchId }: BatchDocument): boolean {
  return endedBecause !== '' || upstreamBatchId === '';
}

/** The provider has worked off nothing of it. */
async function* unbegun(world: BatchWorld, { batchId, endedBecause }: BatchDocument): AsyncGenerator<EntryResult> {
  const because = { ...neverBegun, message: endedBecause || neverBegun.message };
  const result = { ...AttemptResult.create(), fault: toFaultMessage(because) };
  let afterKey: string | undefined;
  for (;;) {
    const page = await entriesOf(world, batchId, afterKey);
    if (page.length === 0) return;
    afterKey = page.at(-1)!.callId;
    for (const entry of page) {
      const { callId } = entry;
      yield { entry, result: { ...ReadBatchResponse.create(), callId, outcome: BatchOutcome.ERRORED, result } };
    }
  }
}

const neverBegun = fault('unavailable', 'the batch did not reach its provider; nothing of it was used', {
  details: { reason: 'batch_not_begun' },
});
