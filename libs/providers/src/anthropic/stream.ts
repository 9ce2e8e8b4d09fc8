// Events of a messages stream -> reply parts. A whole message is read by the same readers of blocks.
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
  toolCallPart,
} from '../reply/parts.ts';
import { laterSnapshot } from '../usage/count.ts';
import { readError } from './faults.ts';
import { readAnthropicUsage } from './usage.ts';

interface OpenToolCall {
  readonly index: number;
  hasArguments: boolean;
}

/** What is kept of a message in progress. */
export interface MessageProgress extends ReplyProgress {
  /** Tool calls by the wire's index of their block. */
  readonly toolCalls: Map<unknown, OpenToolCall>;
  readonly usageBlocks: JsonObject[];
  /** The blocks' source text, as they came. */
  readonly usageTexts: string[];
  rawFinish: string;
  stopSequence: string;
  /** Of a refusal. */
  filterCategory: string;
}

export function initialMessage(request: UpstreamRequest): MessageProgress {
  return {
    ...initialProgress(request),
    toolCalls: new Map(),
    usageBlocks: [],
    usageTexts: [],
    rawFinish: '',
    stopSequence: '',
    filterCategory: '',
  };
}

export const messageReader: FrameReader<MessageProgress> = {
  initial: initialMessage,
  read: readFrame,
  finish: finishOf,
  rawUsage: rawUsageOf,
};

function readFrame(state: MessageProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const event = parseJson(frame.data);
  if (!isObject(event)) {
    state.fault = malformedFrame();
    return;
  }
  switch (event.type) {
    case 'content_block_delta':
      readDelta(state, event, parts);
      return;
    case 'content_block_start':
      readBlock(state, event.index, objectOf(event.content_block), parts);
      return;
    case 'content_block_stop':
      readBlockEnd(state, event.index, parts);
      return;
    case 'message_start':
      readStart(state, objectOf(event.message), frame.data, parts);
      return;
    case 'message_delta':
      readStop(state, objectOf(event.delta));
      readSnapshot(state, event.usage, frame.data, ['usage']);
      return;
    case 'message_stop':
      readEnd(state);
      return;
    case 'error':
      state.fault = midStreamFault(readError(event, undefined));
      return;
    default:
      // Pings and events that are newer than this code bring nothing.
      return;
  }
}

function readStart(state: MessageProgress, message: JsonObject, text: string, parts: ReplyPart[]): void {
  parts.push(startedPart(textOf(message.id), textOf(message.model)));
  readSnapshot(state, message.usage, text, ['message', 'usage']);
}

/** Takes a usage block in; `path` says where in `text` its source lies. */
export function readSnapshot(state: MessageProgress, block: unknown, text: string, path: readonly string[]): void {
  if (!isObject(block)) return;
  state.usageBlocks.push(block);
  state.usageTexts.push(sourceOf(text, path) ?? '{}');
  const usage = readAnthropicUsage(state.usageBlocks, {});
  if (usage) state.usage = laterSnapshot(state.usage, usage);
}

export function readStop(state: MessageProgress, delta: JsonObject): void {
  state.rawFinish = textOf(delta.stop_reason) || state.rawFinish;
  state.stopSequence = textOf(delta.stop_sequence) || state.stopSequence;
  state.filterCategory = textOf(objectOf(delta.stop_details).category) || state.filterCategory;
}

function readEnd(state: MessageProgress): void {
  if (state.rawFinish === '') state.fault = cutStream();
  else state.complete = true;
}

/** A block as it begins in a stream, or whole; arguments of a whole tool call are added by its reader. */
export function readBlock(state: MessageProgress, index: unknown, block: JsonObject, parts: ReplyPart[]): void {
  switch (block.type) {
    case 'text':
      if (textOf(block.text) !== '') parts.push(textPart(textOf(block.text)));
      return;
    case 'thinking':
      if (textOf(block.thinking) !== '' || textOf(block.signature) !== '') {
        parts.push(reasoningPart(textOf(block.thinking), textOf(block.signature)));
      }
      return;
    case 'redacted_thinking':
      parts.push(reasoningPart('', '', textOf(block.data)));
      return;
    case 'tool_use': {
      const call = { index: state.toolCalls.size, hasArguments: false };
      state.toolCalls.set(index, call);
      parts.push(toolCallPart(call.index, textOf(block.id), textOf(block.name)));
      return;
    }
    default:
      // Server tools run at the provider; their blocks are not part of the canonical answer.
      return;
  }
}

function readDelta(state: MessageProgress, event: JsonObject, parts: ReplyPart[]): void {
  const delta = objectOf(event.delta);
  switch (delta.type) {
    case 'text_delta':
      parts.push(textPart(textOf(delta.text)));
      return;
    case 'input_json_delta':
      addArguments(state, event.index, textOf(delta.partial_json), parts);
      return;
    case 'thinking_delta':
      parts.push(reasoningPart(textOf(delta.thinking)));
      return;
    case 'signature_delta':
      parts.push(reasoningPart('', textOf(delta.signature)));
      return;
    default:
      return;
  }
}

/** Adds to the arguments of the tool call at a block's index. */
export function addArguments(state: MessageProgress, index: unknown, fragment: string, parts: ReplyPart[]): void {
  const call = state.toolCalls.get(index);
  if (!call || fragment === '') return;
  call.hasArguments = true;
  parts.push(argumentsPart(call.index, fragment));
}

/** A call without arguments streams none, while a whole message has an empty object there. */
function readBlockEnd(state: MessageProgress, index: unknown, parts: ReplyPart[]): void {
  if (state.toolCalls.get(index)?.hasArguments === false) addArguments(state, index, '{}', parts);
}

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: FinishReason.STOP,
  stop_sequence: FinishReason.STOP,
  pause_turn: FinishReason.STOP,
  compaction: FinishReason.STOP,
  max_tokens: FinishReason.LENGTH,
  model_context_window_exceeded: FinishReason.LENGTH,
  tool_use: FinishReason.TOOL_CALLS,
  refusal: FinishReason.CONTENT_FILTER,
};

export function finishOf(state: MessageProgress): ReplyPart {
  const { rawFinish, stopSequence, filterCategory } = state;
  const filterCategories = filterCategory === '' ? [] : [filterCategory];
  return finishPart(finishReasonFrom(reasons, rawFinish), rawFinish, { stopSequence, filterCategories });
}

/** One block as it came, or a JSON array of them. */
export function rawUsageOf(state: MessageProgress): string | undefined {
  if (state.usageTexts.length <= 1) return state.usageTexts[0];
  return `[${state.usageTexts.join(',')}]`;
}
