// Lines of an Ollama chat -> reply parts. A whole answer is a single line with `done`.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { StreamFrame, UpstreamRequest } from '../codec.ts';
import { midStreamFault } from '../provider-fault.ts';
import { parseExactly, writeJson } from '../reading/exact.ts';
import { isObject, type JsonObject, listOf, objectOf, parseJson, textOf } from '../reading/json.ts';
import { sourceOf } from '../reading/source.ts';
import { type FrameReader, initialProgress, malformedFrame, type ReplyProgress } from '../reply/decoder.ts';
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
import { readError } from './faults.ts';
import { readOllamaUsage, usageMembers } from './usage.ts';

/** What is kept of a chat in progress. */
export interface ChatProgress extends ReplyProgress {
  started: boolean;
  toolCallCount: number;
  rawFinish: string;
  rawUsage: string | undefined;
}

export function initialChat(request: UpstreamRequest): ChatProgress {
  return { ...initialProgress(request), started: false, toolCallCount: 0, rawFinish: '', rawUsage: undefined };
}

export const chatReader: FrameReader<ChatProgress> = {
  initial: initialChat,
  read: readFrame,
  finish: finishOf,
  rawUsage: ({ rawUsage }) => rawUsage,
};

function readFrame(state: ChatProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const line = parseJson(frame.data);
  if (!isObject(line)) state.fault = malformedFrame();
  else if (isError(line)) state.fault = midStreamFault(readError(line, undefined));
  else readLine(state, line, frame.data, parts);
}

export function isError(fields: JsonObject): boolean {
  return fields.error !== undefined && fields.error !== null;
}

/** Reads one line; `text` is its source. */
export function readLine(state: ChatProgress, line: JsonObject, text: string, parts: ReplyPart[]): void {
  if (!state.started) {
    state.started = true;
    parts.push(startedPart('', textOf(line.model)));
  }
  const message = objectOf(line.message);
  if (textOf(message.thinking) !== '') parts.push(reasoningPart(textOf(message.thinking)));
  if (textOf(message.content) !== '') parts.push(textPart(textOf(message.content)));
  if (listOf(message.tool_calls).length > 0) readToolCalls(state, text, parts);
  if (line.done !== true) return;
  state.complete = true;
  state.rawFinish = textOf(line.done_reason);
  state.usage = readOllamaUsage(line, {});
  state.rawUsage = state.usage && rawUsageIn(text);
}

/** Calls are read from the source once more, with all digits of the numbers in arguments. */
function readToolCalls(state: ChatProgress, text: string, parts: ReplyPart[]): void {
  const message = objectOf(objectOf(parseExactly(text)).message);
  for (const entry of listOf(message.tool_calls).map(objectOf)) {
    const target = objectOf(entry.function);
    const index = state.toolCallCount;
    state.toolCallCount += 1;
    const id = textOf(entry.id) || toolCallIdOf(state.request.attemptId, index);
    parts.push(toolCallPart(index, id, textOf(target.name)));
    parts.push(argumentsPart(index, writeJson(target.arguments) ?? '{}'));
  }
}

/** The usage members as they came; the rest of the line may hold the answer. */
export function rawUsageIn(text: string): string {
  const members = usageMembers.flatMap((name) => {
    const source = sourceOf(text, [name]);
    return source === undefined ? [] : [`"${name}":${source}`];
  });
  return `{${members.join(',')}}`;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: FinishReason.STOP,
  length: FinishReason.LENGTH,
  load: FinishReason.STOP,
  unload: FinishReason.STOP,
};

/** The finish; an answer that calls tools says stop on this wire. */
export function finishOf(state: ChatProgress): ReplyPart {
  const reason = finishReasonFrom(reasons, state.rawFinish);
  const callsTools = reason === FinishReason.STOP && state.toolCallCount > 0;
  return finishPart(callsTools ? FinishReason.TOOL_CALLS : reason, state.rawFinish);
}
