// Whole chat completions and embeddings -> reply parts.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { DecodedReply, UpstreamRequest, UpstreamResponse } from '../codec.ts';
import { midStreamFault, type ProviderResult } from '../provider-fault.ts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { vectorOf } from '../reading/vector.ts';
import { embeddingPart, finishPart, startedPart, usageParts } from '../reply/parts.ts';
import { type ReplyBody, readReplyBody, unusable } from '../reply/whole.ts';
import { isError, readError } from './faults.ts';
import { finishOf, initialCompletion, rawUsageOf, readChunk } from './stream.ts';
import type { Vendor } from './vendor.ts';

/** A chat completion. */
export function decodeChat(
  vendor: Vendor,
  request: UpstreamRequest,
  response: UpstreamResponse,
): ProviderResult<DecodedReply> {
  const isAnswer = (choice: unknown) => isObject(objectOf(choice).message);
  return decodeWhole(response, (body) => choiceReply(vendor, request, body, isAnswer));
}

/** A legacy completion. */
export function decodeCompletion(
  vendor: Vendor,
  request: UpstreamRequest,
  response: UpstreamResponse,
): ProviderResult<DecodedReply> {
  const isAnswer = (choice: unknown) => typeof objectOf(choice).text === 'string';
  return decodeWhole(response, (body) => choiceReply(vendor, request, body, isAnswer));
}

/** Embeddings. */
export function decodeEmbedding(
  vendor: Vendor,
  request: UpstreamRequest,
  response: UpstreamResponse,
): ProviderResult<DecodedReply> {
  return decodeWhole(response, (body) => embeddingReply(vendor, request, body));
}

/** What `read` makes of a body of the dialect; undefined where there is no answer in it. */
function decodeWhole(
  response: UpstreamResponse,
  read: (body: ReplyBody) => DecodedReply | undefined,
): ProviderResult<DecodedReply> {
  const body = readReplyBody(response);
  if (!body.ok) return body;
  if (isError(body.value.fields)) return { ok: false, fault: errorInDisguise(body.value.fields, response) };
  const reply = read(body.value);
  return reply ? { ok: true, value: reply } : { ok: false, fault: unusable(response, 'foreign', 'no_answer') };
}

/** A success status with an error inside, as LM Studio answers paths it does not know. */
export function errorInDisguise(fields: JsonObject, { status }: UpstreamResponse) {
  const error = readError(fields, undefined);
  const conduct = typeof fields.error === 'string' ? 'foreign' : error.conduct;
  return midStreamFault({ ...error, conduct, status });
}

function choiceReply(
  vendor: Vendor,
  request: UpstreamRequest,
  body: ReplyBody,
  isAnswer: (choice: unknown) => boolean,
): DecodedReply | undefined {
  if (!listOf(body.fields.choices).some(isAnswer)) return undefined;
  const state = initialCompletion(request);
  const parts: ReplyPart[] = [];
  readChunk(vendor, state, body, parts);
  parts.push(...usageParts(state.usage), finishOf(state));
  return { parts, usage: state.usage, rawUsage: rawUsageOf(state) };
}

function embeddingReply(vendor: Vendor, request: UpstreamRequest, body: ReplyBody): DecodedReply | undefined {
  const { fields, text } = body;
  const inputs = request.call.task?.$case === 'embedding' ? request.call.task.value.inputs.length : 0;
  const vectors = listOf(fields.data).map((entry, position) => readVector(objectOf(entry), position));
  const complete = vectors.filter((vector) => vector !== undefined).sort((one, other) => one.index - other.index);
  if (complete.length !== inputs || complete.some(({ index }, position) => index !== position)) return undefined;
  const usage = vendor.readUsage(fields.usage, fields);
  const parts = [
    startedPart(textOf(fields.id), textOf(fields.model)),
    ...complete.map(({ index, values }) => embeddingPart(index, values)),
    ...usageParts(usage),
    finishPart(FinishReason.STOP, ''),
  ];
  return { parts, usage, rawUsage: isObject(fields.usage) ? sourceOf(text, ['usage']) : undefined };
}

function readVector(entry: JsonObject, position: number): { index: number; values: number[] } | undefined {
  const { embedding } = entry;
  const index = typeof entry.index === 'number' ? entry.index : position;
  const values = vectorOf(typeof embedding === 'string' ? floatsOf(embedding) : embedding);
  return values && { index, values };
}

/** Little-endian 32-bit floats in base64, which a server may send although plain numbers were asked for. */
function floatsOf(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}
