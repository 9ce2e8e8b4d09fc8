// How OpenAI's clients are told of files and batches.
import { BatchOutcome, CallSummary, type ReadBatchResponse } from '@waybill/contracts';
import { fault } from '@waybill/kernel';
import { foldReply } from '@waybill/providers';
import type { Upload } from '../../batches/uploads.ts';
import { toFault } from '../../core/fault-message.ts';
import type { BatchDocument, BatchEntryDocument } from '../../projections/batches.ts';
import type { AnswerWriter } from '../dialect.ts';
import { writeCompletion } from '../openai/answer.ts';
import { writeError } from '../openai/error.ts';
import { writeTextCompletion } from '../openai-completions/answer.ts';
import { writeResponseAlone } from '../openai-responses/answer.ts';

export function showUpload({ fileId, filename, purpose, content, createdAtMicros }: Upload): object {
  const created_at = secondsOf(createdAtMicros);
  return { id: fileId, object: 'file', bytes: content.length, created_at, filename, purpose, status: 'processed' };
}

const daySeconds = 86_400;

export function showBatch(batch: BatchDocument): object {
  const { batchId, entries, endpoint, inputFileId, metadata, openedAtMicros, cancelledAtMicros, succeeded } = batch;
  const status = statusOf(batch);
  const createdAt = secondsOf(openedAtMicros);
  const at = (which: string) => (status === which ? secondsOf(batch.endedAtMicros) : null);
  const failed = failedEntries(batch);
  return {
    ...{ id: batchId, object: 'batch', endpoint, input_file_id: inputFileId, completion_window: '24h', status },
    errors: status === 'failed' ? { object: 'list', data: [whyItFailed(batch)] } : null,
    output_file_id: batch.state === 'ended' && succeeded > 0n ? fileIdOf(batchId, 'output') : null,
    error_file_id: batch.state === 'ended' && failed > 0n ? fileIdOf(batchId, 'errors') : null,
    created_at: createdAt,
    in_progress_at: batch.submittedAtMicros === 0n ? null : secondsOf(batch.submittedAtMicros),
    expires_at: createdAt + daySeconds,
    finalizing_at: null,
    completed_at: at('completed'),
    failed_at: at('failed'),
    expired_at: at('expired'),
    cancelling_at: cancelledAtMicros === 0n ? null : secondsOf(cancelledAtMicros),
    cancelled_at: at('cancelled'),
    request_counts: { total: Number(entries), completed: Number(succeeded), failed: Number(failed) },
    metadata: JSON.parse(metadata),
  };
}

function failedEntries({ errored, cancelled, expired }: BatchDocument): bigint {
  return errored + cancelled + expired;
}

function statusOf(batch: BatchDocument): string {
  const { state, cancelledAtMicros, upstreamBatchId, endedBecause, cancelled, expired } = batch;
  if (state !== 'ended') {
    if (cancelledAtMicros !== 0n) return 'cancelling';
    return upstreamBatchId === '' ? 'validating' : 'in_progress';
  }
  if (endedBecause !== '') return 'failed';
  if (expired > 0n) return 'expired';
  return cancelled > 0n ? 'cancelled' : 'completed';
}

function whyItFailed({ endedBecause }: BatchDocument): object {
  return { code: 'batch_failed', message: endedBecause, param: null, line: null };
}

function secondsOf(atMicros: bigint): number {
  return Number(atMicros / 1_000_000n);
}

/** The results that one of a batch's two files holds. */
export type ResultFile = 'output' | 'errors';

function fileIdOf(batchId: string, file: ResultFile): string {
  return `file_${file}_${batchId}`;
}

/** Which batch's results a file holds; undefined for one that was uploaded. */
export function resultsIn(fileId: string): { readonly batchId: string; readonly file: ResultFile } | undefined {
  const [, file, batchId] = /^file_(output|errors)_(batch_[0-9a-z]{26})$/.exec(fileId) ?? [];
  return file === undefined || batchId === undefined ? undefined : { batchId, file: file as ResultFile };
}

/** By the path of the entries; a chat for those that came in another dialect. */
const writers: Readonly<Record<string, AnswerWriter['whole']>> = {
  '/v1/responses': writeResponseAlone,
  '/v1/completions': writeTextCompletion,
};

/** One line of the results, and the file that it belongs to. */
export function writeResult(
  { callId, customId, modelId }: BatchEntryDocument,
  { outcome, parts, result }: ReadBatchResponse,
  { endpoint, openedAtMicros }: Pick<BatchDocument, 'endpoint' | 'openedAtMicros'>,
): { readonly file: ResultFile; readonly text: string } {
  const named = { id: callId, custom_id: customId };
  if (outcome === BatchOutcome.CANCELLED) return failedLine({ ...named, response: null, error: cancelled });
  if (outcome === BatchOutcome.EXPIRED) return failedLine({ ...named, response: null, error: expired });
  if (result?.fault !== undefined || result?.finish === undefined) {
    const because = result?.fault === undefined ? noEnd : toFault(result.fault);
    const { status, body } = writeError({ ...because, details: { ...because.details, call_id: callId } });
    const response = { status_code: status, request_id: callId, body: JSON.parse(body) };
    return failedLine({ ...named, response, error: null });
  }
  const model = result.reportedModel || modelId;
  const label = { callId, providerId: '', model, createdAtSeconds: secondsOf(openedAtMicros) };
  const ending = { finish: result.finish, usage: result.usage, summary: CallSummary.create(), warnings: [] };
  const write = writers[endpoint] ?? writeCompletion;
  const body = JSON.parse(write(foldReply(parts), label, ending));
  const response = { status_code: 200, request_id: callId, body };
  return { file: 'output', text: `${JSON.stringify({ ...named, response, error: null })}\n` };
}

function failedLine(line: object): { readonly file: ResultFile; readonly text: string } {
  return { file: 'errors', text: `${JSON.stringify(line)}\n` };
}

const expired = { code: 'batch_expired', message: 'the provider did not come to this entry before the batch expired' };
const cancelled = {
  code: 'batch_cancelled',
  message: 'the batch was cancelled before its provider came to this entry',
};
const noEnd = fault('upstream', 'the answer ended before it was complete');
