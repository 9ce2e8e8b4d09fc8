// Anthropic's message batches: what comes in, and how they are told of.
import { BatchOutcome, CallSummary, type ReadBatchResponse } from '@waybill/contracts';
import { fault, type Result } from '@waybill/kernel';
import { foldReply } from '@waybill/providers';
import { z } from 'zod';
import { toFault } from '../../core/fault-message.ts';
import type { BatchDocument, BatchEntryDocument } from '../../projections/batches.ts';
import { type BatchItem, mostEntries, within } from '../batch-item.ts';
import { jsonObject } from '../reading/fields.ts';
import { fieldFault, readBody } from '../reading/problem.ts';
import { writeMessage } from './answer.ts';
import { writeError } from './error.ts';
import { readMessagesRequest } from './read.ts';

const customId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: 'has to be 1 to 64 letters, digits, dashes and underscores',
});

const batchRequest = z.object({
  requests: z
    .array(z.object({ custom_id: customId, params: jsonObject }))
    .min(1)
    .max(mostEntries),
});

export function readBatchRequest(body: unknown): Result<readonly BatchItem[]> {
  const read = readBody(batchRequest, body);
  if (!read.ok) return read;
  const items: BatchItem[] = [];
  const names = new Set<string>();
  for (const [index, { custom_id: name, params }] of read.value.requests.entries()) {
    const at = `requests[${index}]`;
    if (names.has(name)) return { ok: false, fault: fieldFault(`${at}.custom_id`, 'is that of another request, too') };
    names.add(name);
    const request = readMessagesRequest(params);
    if (!request.ok) return { ok: false, fault: within(`${at}.params`, request.fault) };
    if (request.value.answer.frames)
      return { ok: false, fault: fieldFault(`${at}.params.stream`, 'is not for batches') };
    items.push({ customId: name, request: request.value, bodyBytes: Buffer.byteLength(JSON.stringify(params)) });
  }
  return { ok: true, value: items };
}

const dayMicros = 86_400_000_000n;

export function showBatch(batch: BatchDocument): object {
  const { batchId, entries, succeeded, errored, cancelled, expired, state } = batch;
  const { openedAtMicros, cancelledAtMicros, endedAtMicros } = batch;
  const hasEnded = state === 'ended';
  return {
    id: batchId,
    type: 'message_batch',
    processing_status: hasEnded ? 'ended' : cancelledAtMicros === 0n ? 'in_progress' : 'canceling',
    request_counts: {
      processing: Number(entries - succeeded - errored - cancelled - expired),
      succeeded: Number(succeeded),
      errored: Number(errored),
      canceled: Number(cancelled),
      expired: Number(expired),
    },
    created_at: timeText(openedAtMicros),
    expires_at: timeText(openedAtMicros + dayMicros),
    ended_at: timeText(endedAtMicros),
    cancel_initiated_at: timeText(cancelledAtMicros),
    archived_at: null,
    results_url: hasEnded ? `/v1/messages/batches/${batchId}/results` : null,
  };
}

function timeText(atMicros: bigint): string | null {
  return atMicros === 0n ? null : new Date(Number(atMicros / 1_000n)).toISOString();
}

/** One line of the results. */
export function writeBatchLine({ customId, modelId, callId }: BatchEntryDocument, line: ReadBatchResponse): string {
  return `${JSON.stringify({ custom_id: customId, result: resultOf({ modelId, callId }, line) })}\n`;
}

interface Answered {
  readonly modelId: string;
  readonly callId: string;
}

function resultOf(answered: Answered, { outcome, parts, result }: ReadBatchResponse): object {
  const failed = result?.fault && toFault(result.fault);
  if (outcome === BatchOutcome.CANCELLED) return { type: 'canceled' };
  if (outcome === BatchOutcome.EXPIRED) return { type: 'expired' };
  if (failed !== undefined || result?.finish === undefined) {
    const { body } = writeError({ ...(failed ?? noEnd), details: { ...failed?.details, call_id: answered.callId } });
    return { type: 'errored', error: JSON.parse(body) };
  }
  const { callId } = answered;
  const label = { callId, providerId: '', model: result.reportedModel || answered.modelId, createdAtSeconds: 0 };
  const ending = { finish: result.finish, usage: result.usage, summary: CallSummary.create(), warnings: [] };
  return { type: 'succeeded', message: JSON.parse(writeMessage(foldReply(parts), label, ending)) };
}

const noEnd = fault('upstream', 'the answer ended before it was complete');
