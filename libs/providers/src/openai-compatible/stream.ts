// Chunks of a chat completion -> reply parts. A whole completion is read as if it were one chunk.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { StreamFrame, UpstreamRequest } from '../codec.ts';
import { midStreamFault } from '../provider-fault.ts';
import { writeJson } from '../reading/exact.ts';
import { isObject, type JsonObject, listOf, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { cutStream, type FrameReader, initialProgress, malformedFrame, type ReplyProgress } from '../reply/decoder.ts';
import {
  argumentsPart,
  finishPart,
  finishReasonFrom,
  reasoningPart,
  refusalPart,
  startedPart,
  textPart,
  toolCallIdOf,
  toolCallPart,
} from '../reply/parts.ts';
import { laterSnapshot } from '../usage/count.ts';
import { readAnnotations } from './annotations.ts';
import { isError, readError } from './faults.ts';
import type { Vendor } from './vendor.ts';

interface OpenToolCall {
  readonly index: number;
  readonly id: string;
}

/** What is kept of a completion in progress. */
export interface CompletionProgress extends ReplyProgress {
  started: boolean;
  readonly toolCalls: Map<number, OpenToolCall>;
  toolCallCount: number;
  /** Empty until a choice has ended. */
  rawFinish: string;
  serviceTier: string;
  /** The text of the chunk that held the last usage block. */
  usageText: string;
}

export function initialCompletion(request: UpstreamRequest): CompletionProgress {
  return {
    ...initialProgress(request),
    started: false,
    toolCalls: new Map(),
    toolCallCount: 0,
    rawFinish: '',
    serviceTier: '',
    usageText: '',
  };
}

/** Reads the `data:` frames of a stream, up to `[DONE]`. */
export function completionReader(vendor: Vendor): FrameReader<CompletionProgress> {
  return {
    initial: initialCompletion,
    read(state, frame, parts) {
      if (frame.data !== '[DONE]') return readFrame(vendor, state, frame, parts);
      if (state.rawFinish === '') state.fault = cutStream();
      else state.complete = true;
    },
    finish: finishOf,
    rawUsage: rawUsageOf,
  };
}

function readFrame(vendor: Vendor, state: CompletionProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const chunk = parseJson(frame.data);
  if (!isObject(chunk)) state.fault = malformedFrame();
  else if (frame.event === 'error' || isError(chunk)) state.fault = midStreamFault(readError(chunk, undefined));
  else readChunk(vendor, state, { fields: chunk, text: frame.data }, parts);
}

/** Reads a chunk, or a whole completion, whose `message` has the shape of a `delta`; a legacy one has only `text`. */
export function readChunk(
  vendor: Vendor,
  state: CompletionProgress,
  { fields, text }: { fields: JsonObject; text: string },
  parts: ReplyPart[],
): void {
  if (!state.started) readStart(state, fields, parts);
  if (typeof fields.service_tier === 'string') state.serviceTier = fields.service_tier;
  for (const entry of listOf(fields.choices)) {
    const choice = objectOf(entry);
    if (!vendor.joinsChoices && choice.index !== undefined && choice.index !== 0) continue;
    readDelta(state, objectOf(choice.delta ?? choice.message ?? { content: choice.text }), parts);
    if (typeof choice.finish_reason === 'string') state.rawFinish = choice.finish_reason;
  }
  if (isObject(fields.usage)) readSnapshot(vendor, state, fields.usage, text);
}

function readStart(state: CompletionProgress, fields: JsonObject, parts: ReplyPart[]): void {
  const id = textOf(fields.id);
  const model = textOf(fields.model);
  if (id === '' && model === '') return;
  state.started = true;
  parts.push(startedPart(id, model));
}

function readSnapshot(vendor: Vendor, state: CompletionProgress, rawUsage: JsonObject, text: string): void {
  const usage = vendor.readUsage(rawUsage, { service_tier: state.serviceTier || undefined });
  state.usageText = text;
  if (usage) state.usage = laterSnapshot(state.usage, usage);
}

function readDelta(state: CompletionProgress, delta: JsonObject, parts: ReplyPart[]): void {
  const reasoning = textOf(delta.reasoning_content) || textOf(delta.reasoning);
  if (reasoning !== '') parts.push(reasoningPart(reasoning));
  if (typeof delta.content !== 'string') readContentList(delta.content, parts);
  else if (delta.content !== '') parts.push(textPart(delta.content));
  if (delta.annotations !== undefined) readAnnotations(delta.annotations, parts);
  const refusal = textOf(delta.refusal);
  if (refusal !== '') parts.push(refusalPart(refusal));
  if (delta.tool_calls !== undefined) {
    for (const call of listOf(delta.tool_calls)) readToolCall(state, objectOf(call), parts);
  }
}

/** Mistral's models that think answer in a list, where what they thought is a list again. */
function readContentList(content: unknown, parts: ReplyPart[]): void {
  for (const entry of listOf(content)) {
    const { type, text, thinking } = objectOf(entry);
    if (type === 'text' && textOf(text) !== '') parts.push(textPart(textOf(text)));
    if (type !== 'thinking') continue;
    const thought = listOf(thinking).map((piece) => textOf(objectOf(piece).text));
    if (thought.join('') !== '') parts.push(reasoningPart(thought.join('')));
  }
}

function readToolCall(state: CompletionProgress, call: JsonObject, parts: ReplyPart[]): void {
  const target = objectOf(call.function);
  const open = openToolCall(state, call, textOf(target.name), parts);
  const fragment = typeof target.arguments === 'string' ? target.arguments : (writeJson(target.arguments) ?? '');
  if (fragment !== '') parts.push(argumentsPart(open.index, fragment));
}

/** The call a delta belongs to. A name with an id of its own begins a call, even where a server repeats the index. */
function openToolCall(state: CompletionProgress, call: JsonObject, name: string, parts: ReplyPart[]): OpenToolCall {
  const id = textOf(call.id);
  const wireIndex = typeof call.index === 'number' ? call.index : undefined;
  const known = state.toolCalls.get(wireIndex ?? state.toolCallCount - 1);
  const isOther = name !== '' && (wireIndex === undefined || (id !== '' && id !== known?.id));
  if (known && !isOther) return known;
  const index = state.toolCallCount;
  const opened = { index, id: id || toolCallIdOf(state.request.attemptId, index) };
  state.toolCallCount += 1;
  state.toolCalls.set(wireIndex ?? index, opened);
  parts.push(toolCallPart(index, opened.id, name));
  return opened;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: FinishReason.STOP,
  length: FinishReason.LENGTH,
  model_length: FinishReason.LENGTH,
  tool_calls: FinishReason.TOOL_CALLS,
  function_call: FinishReason.TOOL_CALLS,
  content_filter: FinishReason.CONTENT_FILTER,
  error: FinishReason.ERROR,
};

/** The finish; some servers say `stop` although the answer calls tools. */
export function finishOf(state: CompletionProgress): ReplyPart {
  const reason = finishReasonFrom(reasons, state.rawFinish);
  const callsTools = reason === FinishReason.STOP && state.toolCallCount > 0;
  return finishPart(callsTools ? FinishReason.TOOL_CALLS : reason, state.rawFinish);
}

export function rawUsageOf(state: CompletionProgress): string | undefined {
  return state.usageText === '' ? undefined : sourceOf(state.usageText, ['usage']);
}
