// Whole messages and embeddings -> reply parts.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderResult } from '../provider-fault.ts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { vectorsOf } from '../reading/vector.ts';
import { embeddingPart, finishPart, startedPart, usageParts } from '../reply/parts.ts';
import { type ReplyBody, readReplyBody, unusable } from '../reply/whole.ts';
import { readCitation } from './citations.ts';
import { readError } from './faults.ts';
import {
  endToolCall,
  endTrace,
  finishOf,
  initialMessage,
  type MessageProgress,
  readContent,
  readEnd,
  readToolCall,
  readTrace,
} from './stream.ts';
import { readCohereUsage } from './usage.ts';

export function decodeReply(request: UpstreamRequest, response: UpstreamResponse): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  if (typeof body.value.fields.message === 'string') {
    const error = readError(body.value.fields, undefined);
    return { ok: false, fault: midStreamFault({ ...error, status: response.status }) };
  }
  const isEmbedding = request.call.task?.$case === 'embedding';
  const reply = isEmbedding ? embeddingReply(request, body.value) : chatReply(request, body.value);
  return reply ? { ok: true, value: reply } : { ok: false, fault: unusable(response, 'foreign', 'no_answer') };
}

/** The wire does not name the model. */
function chatReply(request: UpstreamRequest, { fields, text }: ReplyBody): DecodedReply | undefined {
  const state = initialMessage(request);
  const parts: ReplyPart[] = [startedPart(textOf(fields.id), '')];
  readEnd(state, fields, text, ['usage']);
  if (!isObject(fields.message) || state.rawFinish === '') return undefined;
  readMessage(state, fields.message, parts);
  parts.push(...usageParts(state.usage), finishOf(state));
  return { parts, usage: state.usage, rawUsage: state.rawUsage };
}

function readMessage(state: MessageProgress, message: JsonObject, parts: ReplyPart[]): void {
  for (const [index, content] of listOf(message.content).map(objectOf).entries()) {
    readContent(state, index, content, parts);
    endTrace(state, parts);
  }
  readTrace(state, 'tool_plan', textOf(message.tool_plan), parts);
  endTrace(state, parts);
  for (const [index, call] of listOf(message.tool_calls).entries()) {
    readToolCall(state, index, objectOf(call), parts);
    endToolCall(state, index, parts);
  }
  for (const citation of listOf(message.citations).map(objectOf)) readCitation(state, citation, parts);
}

function embeddingReply(request: UpstreamRequest, { fields, text }: ReplyBody): DecodedReply | undefined {
  const inputs = request.call.task?.$case === 'embedding' ? request.call.task.value.inputs.length : 0;
  const vectors = vectorsOf(listOf(objectOf(fields.embeddings).float), inputs);
  if (vectors === undefined) return undefined;
  const usage = readCohereUsage(fields.meta, {});
  const parts = [
    startedPart(textOf(fields.id), ''),
    ...vectors.map((values, index) => embeddingPart(index, values)),
    ...usageParts(usage),
    finishPart(FinishReason.STOP, ''),
  ];
  return { parts, usage, rawUsage: usage && sourceOf(text, ['meta']) };
}
