// The results of a batch -> the ends of its entries, at the usage that was reported and the price of batches.
import { AttemptResult, type AttemptStarted, BatchOutcome, type ReadBatchResponse, Usage } from '@waybill/contracts';
import { fault } from '@waybill/kernel';
import { answerBytesOf } from '../core/answer-bytes.ts';
import { toFault, toFaultMessage } from '../core/fault-message.ts';
import { settleEvidence } from '../core/settlement.ts';
import type { BatchDocument } from '../projections/batches.ts';
import type { BatchWorld } from './batch-world.ts';
import { type EntryEnd, endBatch, endEntries, termsOfStarted } from './end-entries.ts';

/** For all results of a batch, milliseconds. */
export const readTimeoutMs = 600_000;

/** What is kept of a result while the others are read: not the answer. */
interface Seen {
  readonly outcome: BatchOutcome;
  readonly result: AttemptResult;
  readonly answerBytes: number;
}

/**
 * Throws a FaultError when the results cannot be read to their end; nothing is written then, since an entry that is not
 * among them yet may still come.
 */
export async function settleBatch(world: BatchWorld, batch: BatchDocument, signal: AbortSignal): Promise<void> {
  const { batchId, providerId, tenantId, upstreamBatchId, keyId } = batch;
  const request = { batchId, providerId, tenantId, batch: { upstreamBatchId, keyId } };
  const seen = new Map<string, Seen>();
  const lines = world.neighbours.providers.readBatch(request, { signal, timeoutMs: readTimeoutMs });
  for await (const line of lines) seen.set(line.callId, seenOf(line));
  world.reached('batch_read', batchId);
  await endEntries(world, batch, (started) => endOf(started, seen.get(started.callId) ?? missing));
  await endBatch(world, batch, undefined);
  world.reached('batch_ended', batchId);
}

function seenOf({ outcome, result, parts }: ReadBatchResponse): Seen {
  const answerBytes = parts.reduce((sum, part) => sum + answerBytesOf(part), 0);
  return { outcome, result: result ?? AttemptResult.create(), answerBytes };
}

function endOf(started: AttemptStarted, { outcome, result, answerBytes }: Seen): EntryEnd {
  const failed = result.fault && toFault(result.fault);
  // What is estimated is estimated at the price of batches, too.
  const usageSoFar = result.mayHaveBilled && !result.usage ? { ...Usage.create(), batch: true } : undefined;
  const settlement = settleEvidence(termsOfStarted(started), { result, usageSoFar, answerBytes, isLost: false });
  const word = failed === undefined ? 'completed' : outcome === BatchOutcome.CANCELLED ? 'abandoned' : 'failed';
  return { started, settlement, outcome: word, fault: failed, result, answerBytes };
}

const notTold = fault('upstream', 'the provider ended the batch and told nothing of this entry', {
  details: { reason: 'no_result' },
});

const missing: Seen = {
  outcome: BatchOutcome.UNSPECIFIED,
  result: { ...AttemptResult.create(), fault: toFaultMessage(notTold), mayHaveBilled: true },
  answerBytes: 0,
};
