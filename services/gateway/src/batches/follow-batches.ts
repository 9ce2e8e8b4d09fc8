// Follows the batches that are open to their end: one of the gateways does, from what the log has, whoever opened them.
import { type Fault, fault, faultOf } from '@waybill/kernel';
import { nextBatchStep, nextLookMs } from '../core/batch-step.ts';
import { toFault } from '../core/fault-message.ts';
import type { BatchDocument } from '../projections/batches.ts';
import type { Rounds } from '../usecases/run-sweeper.ts';
import { batchJournalOf } from './batch-journal.ts';
import { type BatchWorld, catchUp } from './batch-world.ts';
import { giveUpBatch, loseBatch } from './end-entries.ts';
import { settleBatch } from './settle-batch.ts';

export interface Following {
  /** Ends what is asked of a provider. */
  readonly signal: AbortSignal;
  /** A step that did not work this time; it is tried again. */
  onFailed(batchId: string, because: Fault): void;
}

/** For a question about a batch, milliseconds. */
const askTimeoutMs = 30_000;
/** Another process that opened a batch has sent it by then, or never will; microseconds. */
const othersMicros = 900_000_000n;
const batchesPerPage = 100;

/** Each step may be the last of this process: the next one begins with what the log has by then. */
export function followBatches(world: BatchWorld, { signal, onFailed }: Following): Rounds {
  const dueAtMs = new Map<string, number>();
  const toldToCancel = new Set<string>();

  async function step(batch: BatchDocument): Promise<void> {
    const nowMicros = world.clock.nowMicros();
    const next = nextBatchStep(batch, { nowMicros, mayBeSent: mayBeSent(world, batch, nowMicros) });
    switch (next.kind) {
      case 'wait':
        return;
      case 'give_up':
        return giveUpBatch(world, batch, interrupted);
      case 'look_up':
        return lookUp(batch, next.isLate);
      case 'poll':
        return poll(batch);
      case 'lose':
        world.alarm('batch_lost', { batch: batch.batchId, provider: batch.providerId });
        return loseBatch(world, batch, lost);
      default:
        return next satisfies never;
    }
  }

  async function lookUp(batch: BatchDocument, isLate: boolean): Promise<void> {
    const { batchId, providerId, openedAtMicros: sinceMicros, entries, tenantId } = batch;
    const wanted = { batchId, providerId, tenantId, sinceMicros, entries: Number(entries) };
    const found = await world.neighbours.providers.findBatch(wanted, { signal, timeoutMs: askTimeoutMs });
    if (found.batch !== undefined) {
      const journal = batchJournalOf({ batchId, tenantId, nowMicros: world.clock.nowMicros });
      await world.producer.append([journal.submitted({ ...found.batch, found: true })]);
    } else if (!found.undecided && isLate) await giveUpBatch(world, batch, notArrived);
  }

  async function poll(batch: BatchDocument): Promise<void> {
    const { batchId, providerId, tenantId, upstreamBatchId, keyId, cancelledAtMicros } = batch;
    const asked = { providerId, tenantId, batch: { upstreamBatchId, keyId } };
    const options = { signal, timeoutMs: askTimeoutMs };
    const { ended, fault: refused } = await world.neighbours.providers.getBatch(asked, options);
    if (refused !== undefined) return giveUpBatch(world, batch, toFault(refused));
    if (ended) return settleBatch(world, batch, signal);
    if (cancelledAtMicros === 0n || toldToCancel.has(batchId)) return;
    await world.neighbours.providers.cancelBatch(asked, options);
    toldToCancel.add(batchId);
    dueAtMs.delete(batchId);
  }

  /** A wish to cancel is not kept waiting for the next look. */
  function isDue({ batchId, cancelledAtMicros }: BatchDocument): boolean {
    if (cancelledAtMicros !== 0n && !toldToCancel.has(batchId)) return true;
    return (dueAtMs.get(batchId) ?? 0) <= world.clock.monotonicMs();
  }

  async function look(batch: BatchDocument): Promise<void> {
    const { batchId } = batch;
    if (!isDue(batch)) return;
    dueAtMs.set(batchId, world.clock.monotonicMs() + nextLookMs(batch, world.clock.nowMicros()));
    await step(batch).catch((thrown: unknown) => {
      if (!signal.aborted) onFailed(batchId, faultOf(thrown));
    });
  }

  return {
    async sweep() {
      if ((await openBatches(world, undefined, 1)).length === 0) return dueAtMs.clear();
      await catchUp(world);
      let afterKey: string | undefined;
      for (;;) {
        const page = await openBatches(world, afterKey, batchesPerPage);
        for (const batch of page) if (!signal.aborted) await look(batch);
        afterKey = page.at(-1)?.batchId;
        if (afterKey === undefined || signal.aborted) return;
      }
    },
    close: async () => undefined,
  };
}

/** Whoever opened it in an earlier epoch of this process's name is gone; of others only time tells. */
function mayBeSent({ producer, underWay }: BatchWorld, batch: BatchDocument, nowMicros: bigint): boolean {
  if (batch.producerId === producer.producerId) return underWay.has(batch.batchId);
  return nowMicros - batch.openedAtMicros < othersMicros;
}

async function openBatches({ readModel }: BatchWorld, afterKey: string | undefined, limit: number) {
  const query = { where: { state: 'open' }, limit, ...(afterKey !== undefined && { afterKey }) };
  const found = await readModel.partition.find('batches', query);
  return found.map(({ document }) => document as BatchDocument);
}

const interrupted = fault('unavailable', 'the gateway ended before the batch was sent; nothing of it was used', {
  details: { reason: 'batch_not_sent' },
});
const notArrived = fault('unavailable', 'the batch never arrived at its provider; nothing of it was used', {
  details: { reason: 'batch_not_arrived' },
});
const lost = fault('upstream', 'the provider was silent about the batch for longer than it keeps results', {
  details: { reason: 'batch_lost' },
});
