// Whole answers and embeddings -> reply parts.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderResult } from '../provider-fault.ts';
import { isObject, listOf, objectOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { vectorsOf } from '../reading/vector.ts';
import { embeddingPart, finishPart, startedPart, usageParts } from '../reply/parts.ts';
import { type ReplyBody, readReplyBody, unusable } from '../reply/whole.ts';
import { readError } from './faults.ts';
import { finishOf, initialContent, isError, rawUsageOf, readResponse } from './stream.ts';
import { readGeminiUsage } from './usage.ts';

export function decodeReply(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  if (isError(body.value.fields)) {
    const error = readError(body.value.fields, undefined);
    return { ok: false, fault: midStreamFault({ ...error, status: response.status }) };
  }
  const isEmbedding = request.call.task?.$case === 'embedding';
  const reply = isEmbedding ? embeddingReply(request, body.value) : chatReply(request, response, body.value);
  return reply ? { ok: true, value: reply } : { ok: false, fault: unusable(response, 'foreign', 'no_answer') };
}

function chatReply(
  request: UpstreamRequest,
  { headers }: UpstreamResponse,
  { fields, text }: ReplyBody,
): DecodedReply | undefined {
  const state = initialContent(request, headers);
  const parts: ReplyPart[] = [];
  readResponse(state, fields, text, parts);
  if (state.rawFinish === '') return undefined;
  parts.push(...usageParts(state.usage), finishOf(state));
  return { parts, usage: state.usage, rawUsage: rawUsageOf(state) };
}

/** The wire names neither the model nor an id, and mostly no usage either. */
function embeddingReply(request: UpstreamRequest, { fields, text }: ReplyBody): DecodedReply | undefined {
  const inputs = request.call.task?.$case === 'embedding' ? request.call.task.value.inputs.length : 0;
  const vectors = vectorsOf(
    listOf(fields.embeddings).map((entry) => objectOf(entry).values),
    inputs,
  );
  if (vectors === undefined) return undefined;
  const usage = isObject(fields.usageMetadata) ? readGeminiUsage(fields.usageMetadata, {}) : undefined;
  const parts = [
    startedPart('', ''),
    ...vectors.map((values, index) => embeddingPart(index, values)),
    ...usageParts(usage),
    finishPart(FinishReason.STOP, ''),
  ];
  return { parts, usage, rawUsage: usage && sourceOf(text, ['usageMetadata']) };
}
