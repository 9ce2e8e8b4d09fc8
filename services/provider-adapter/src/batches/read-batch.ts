// The results of a batch, entry by entry.
import { BatchOutcome, type ReadBatchResponse, type ReplyPart } from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import type { BatchLine, BatchRequest } from '@waybill/providers';
import { type AttemptFault, unsentFault } from '../core/outcome.ts';
import { noProgress, note } from '../core/progress.ts';
import { readFrames } from '../engine/read.ts';
import { resultOf } from '../usecases/attempt-result.ts';
import { ask, asking, type BatchWorld, noBatch } from './ask.ts';

/** Throws a FaultError when they cannot be read, or not to their end: what came until then stands. */
export async function* readBatch(upstreamBatchId: string, world: BatchWorld): AsyncGenerator<ReadBatchResponse> {
  const { wire } = world;
  const batch = wire.read(await ask(world, wire.get(upstreamBatchId)));
  if (batch === undefined) throw new FaultError(noBatch);
  for (const request of wire.results(batch)) {
    for (const line of await linesOf(world, request)) yield line;
  }
}

/** Read whole before anyone is told of it, so that a slow reader does not keep the provider waiting. */
function linesOf(world: BatchWorld, request: BatchRequest): Promise<readonly ReadBatchResponse[]> {
  return asking(world, request, async (answer, watch) => {
    const lines: ReadBatchResponse[] = [];
    for await (const frames of readFrames(answer, watch, 'ndjson')) {
      for (const { data } of frames) {
        const line = world.wire.readLine(data);
        if (line !== undefined) lines.push(responseOf(line));
      }
    }
    return lines;
  });
}

const outcomes = {
  succeeded: BatchOutcome.SUCCEEDED,
  errored: BatchOutcome.ERRORED,
  cancelled: BatchOutcome.CANCELLED,
  expired: BatchOutcome.EXPIRED,
} as const;

const unanswered: Readonly<Record<'cancelled' | 'expired', Fault>> = {
  cancelled: fault('cancelled', 'the batch was cancelled before its provider came to this entry', {
    details: { reason: 'batch_cancelled' },
  }),
  expired: fault('timeout', 'the provider did not come to this entry before the batch expired', {
    details: { reason: 'batch_expired' },
  }),
};

function responseOf(line: BatchLine): ReadBatchResponse {
  const { callId } = line;
  const decoded = 'reply' in line && line.reply.ok ? line.reply.value : undefined;
  const progress = noProgress();
  for (const part of decoded?.parts ?? []) note(progress, part);
  const end = {
    fault: faultIn(line),
    progress,
    answered: { status: 0, headers: {} },
    rawUsage: decoded?.rawUsage ?? '',
    firstByteMs: 0,
    totalMs: 0,
  };
  const outcome = outcomes[line.outcome];
  return { callId, outcome, parts: (decoded?.parts ?? []).filter(isContent), result: resultOf(end) };
}

/** An answer that was given and cannot be read is billed all the same. */
function faultIn(line: BatchLine): AttemptFault | undefined {
  if (line.outcome === 'cancelled' || line.outcome === 'expired')
    return unsentFault(unanswered[line.outcome], { same: false, other: false });
  if (!('reply' in line) || line.reply.ok) return undefined;
  return line.outcome === 'succeeded' ? { ...line.reply.fault, mayHaveBilled: true } : line.reply.fault;
}

function isContent({ part }: ReplyPart): boolean {
  return part?.$case !== 'usage' && part?.$case !== 'finish';
}
