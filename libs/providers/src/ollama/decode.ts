// Whole answers and embeddings -> reply parts.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderResult } from '../provider-fault.ts';
import { listOf, textOf } from '../reading/json.ts';
import { vectorsOf } from '../reading/vector.ts';
import { embeddingPart, finishPart, startedPart, usageParts } from '../reply/parts.ts';
import { type ReplyBody, readReplyBody, unusable } from '../reply/whole.ts';
import { readError } from './faults.ts';
import { finishOf, initialChat, isError, rawUsageIn, readLine } from './stream.ts';
import { readOllamaUsage } from './usage.ts';

export function decodeReply(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  if (isError(body.value.fields)) {
    const error = readError(body.value.fields, undefined);
    return { ok: false, fault: midStreamFault({ ...error, status: response.status }) };
  }
  const isEmbedding = request.call.task?.$case === 'embedding';
  const reply = isEmbedding ? embeddingReply(request, body.value) : chatReply(request, body.value);
  return reply ? { ok: true, value: reply } : { ok: false, fault: unusable(response, 'foreign', 'no_answer') };
}

function chatReply(request: UpstreamRequest, { fields, text }: ReplyBody): DecodedReply | undefined {
  const state = initialChat(request);
  const parts: ReplyPart[] = [];
  readLine(state, fields, text, parts);
  if (!state.complete) return undefined;
  parts.push(...usageParts(state.usage), finishOf(state));
  return { parts, usage: state.usage, rawUsage: state.rawUsage };
}

function embeddingReply(request: UpstreamRequest, { fields, text }: ReplyBody): DecodedReply | undefined {
  const inputs = request.call.task?.$case === 'embedding' ? request.call.task.value.inputs.length : 0;
  const vectors = vectorsOf(listOf(fields.embeddings), inputs);
  if (vectors === undefined) return undefined;
  const usage = readOllamaUsage(fields, {});
  const parts = [
    startedPart('', textOf(fields.model)),
    ...vectors.map((values, index) => embeddingPart(index, values)),
    ...usageParts(usage),
    finishPart(FinishReason.STOP, ''),
  ];
  return { parts, usage, rawUsage: usage && rawUsageIn(text) };
}
