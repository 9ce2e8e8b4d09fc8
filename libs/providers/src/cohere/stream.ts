// Events of a Cohere chat -> reply parts. A whole message is read by the same readers of its pieces.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { StreamFrame, UpstreamRequest } from '../codec.ts';
import { midStreamFault } from '../provider-fault.ts';
import { isObject, type JsonObject, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { cutStream, type FrameReader, initialProgress, malformedFrame, type ReplyProgress } from '../reply/decoder.ts';
import {
  argumentsPart,
  finishPart,
  finishReasonFrom,
  reasoningPart,
  startedPart,
  textPart,
  toolCallIdOf,
  toolCallPart,
} from '../reply/parts.ts';
import { lengthOf, readCitation } from './citations.ts';
import { readError } from './faults.ts';
import { readCohereUsage } from './usage.ts';

/** What the model thought, or what it wrote about the tools it is going to call. */
type Trace = 'thinking' | 'tool_plan';

interface OpenToolCall {
  readonly index: number;
  hasArguments: boolean;
}

/** What is kept of a message in progress. */
export interface MessageProgress extends ReplyProgress {
  /** Tool calls by the wire's index. */
  readonly toolCalls: Map<unknown, OpenToolCall>;
  /** The trace that has begun and not ended. */
  trace: Trace | undefined;
  /** Where each of the wire's pieces of content begins in the text of the answer, and how long that is; characters. */
  readonly textStarts: Map<unknown, number>;
  textLength: number;
  rawFinish: string;
  rawUsage: string | undefined;
}

export function initialMessage(request: UpstreamRequest): MessageProgress {
  return {
    ...initialProgress(request),
    toolCalls: new Map(),
    trace: undefined,
    textStarts: new Map(),
    textLength: 0,
    rawFinish: '',
    rawUsage: undefined,
  };
}

export const messageReader: FrameReader<MessageProgress> = {
  initial: initialMessage,
  read: readFrame,
  finish: finishOf,
  rawUsage: ({ rawUsage }) => rawUsage,
};

function readFrame(state: MessageProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const event = parseJson(frame.data);
  if (!isObject(event)) state.fault = malformedFrame();
  else if (typeof event.message === 'string') state.fault = midStreamFault(readError(event, undefined));
  else if (textOf(event.type) !== '' || frame.event) readEvent(state, event, frame.data, parts);
  else state.fault = malformedFrame();
}

function readEvent(state: MessageProgress, event: JsonObject, text: string, parts: ReplyPart[]): void {
  const delta = objectOf(event.delta);
  const message = objectOf(delta.message);
  switch (event.type) {
    case 'message-start':
      parts.push(startedPart(textOf(event.id), ''));
      return;
    case 'content-start':
    case 'content-delta':
      readContent(state, event.index, objectOf(message.content), parts);
      return;
    case 'content-end':
      endTrace(state, parts);
      return;
    case 'tool-plan-delta':
      readTrace(state, 'tool_plan', textOf(message.tool_plan), parts);
      return;
    case 'tool-call-start':
      readToolCall(state, event.index, objectOf(message.tool_calls), parts);
      return;
    case 'tool-call-delta':
      addArguments(state, event.index, textOf(objectOf(objectOf(message.tool_calls).function).arguments), parts);
      return;
    case 'tool-call-end':
      endToolCall(state, event.index, parts);
      return;
    case 'citation-start':
      readCitation(state, objectOf(message.citations), parts);
      return;
    case 'message-end':
      endTrace(state, parts);
      readEnd(state, delta, text, ['delta', 'usage']);
      if (state.rawFinish === '') state.fault = cutStream();
      else state.complete = true;
      return;
    default:
      // Events that are newer than this code bring nothing.
      return;
  }
}

/** A piece of text or of thinking; a whole one differs from a streamed one in its length alone. */
export function readContent(state: MessageProgress, wireIndex: unknown, content: JsonObject, parts: ReplyPart[]): void {
  readTrace(state, 'thinking', textOf(content.thinking), parts);
  const text = textOf(content.text);
  if (!state.textStarts.has(wireIndex)) state.textStarts.set(wireIndex, state.textLength);
  state.textLength += lengthOf(text);
  if (text === '') return;
  endTrace(state, parts);
  parts.push(textPart(text));
}

export function readTrace(state: MessageProgress, trace: Trace, text: string, parts: ReplyPart[]): void {
  if (text === '') return;
  if (state.trace !== trace) endTrace(state, parts);
  state.trace = trace;
  parts.push(reasoningPart(text));
}

/** The wire has no signatures; ours says which of the two kinds the trace is, for the next turn. */
export function endTrace(state: MessageProgress, parts: ReplyPart[]): void {
  if (state.trace) parts.push(reasoningPart('', state.trace));
  state.trace = undefined;
}

export function readToolCall(state: MessageProgress, wireIndex: unknown, call: JsonObject, parts: ReplyPart[]): void {
  endTrace(state, parts);
  const index = state.toolCalls.size;
  const target = objectOf(call.function);
  state.toolCalls.set(wireIndex, { index, hasArguments: false });
  const id = textOf(call.id) || toolCallIdOf(state.request.attemptId, index);
  parts.push(toolCallPart(index, id, textOf(target.name)));
  addArguments(state, wireIndex, textOf(target.arguments), parts);
}

function addArguments(state: MessageProgress, wireIndex: unknown, fragment: string, parts: ReplyPart[]): void {
  const call = state.toolCalls.get(wireIndex);
  if (!call || fragment === '') return;
  call.hasArguments = true;
  parts.push(argumentsPart(call.index, fragment));
}

/** A call without arguments has an empty object. */
export function endToolCall(state: MessageProgress, wireIndex: unknown, parts: ReplyPart[]): void {
  if (state.toolCalls.get(wireIndex)?.hasArguments === false) addArguments(state, wireIndex, '{}', parts);
}

/** Takes in how a message ended; `path` says where in `text` the source of its usage lies. */
export function readEnd(state: MessageProgress, ended: JsonObject, text: string, path: readonly string[]): void {
  state.rawFinish = textOf(ended.finish_reason);
  if (!isObject(ended.usage)) return;
  state.usage = readCohereUsage(ended.usage, {});
  state.rawUsage = sourceOf(text, path);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: FinishReason.STOP,
  STOP_SEQUENCE: FinishReason.STOP,
  MAX_TOKENS: FinishReason.LENGTH,
  TOOL_CALL: FinishReason.TOOL_CALLS,
  ERROR: FinishReason.ERROR,
  TIMEOUT: FinishReason.ERROR,
};

export function finishOf(state: MessageProgress): ReplyPart {
  return finishPart(finishReasonFrom(reasons, state.rawFinish), state.rawFinish);
}
