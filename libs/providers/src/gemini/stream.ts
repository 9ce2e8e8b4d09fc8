// GenerateContentResponses -> reply parts. A whole answer is one of them, a stream many.
import { FinishReason, type ReplyPart } from '@waybill/contracts';
import type { HttpHeaders, StreamFrame, UpstreamRequest } from '../codec.ts';
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
  warning,
} from '../reply/parts.ts';
import { laterSnapshot } from '../usage/count.ts';
import { readError } from './faults.ts';
import { readGeminiUsage } from './usage.ts';

/** What is kept of an answer in progress. */
export interface ContentProgress extends ReplyProgress {
  readonly servedTier: string | undefined;
  started: boolean;
  toolCallCount: number;
  /** Empty until the candidate has ended or the prompt was blocked. */
  rawFinish: string;
  promptIsBlocked: boolean;
  /** Of what was blocked. */
  readonly filterCategories: string[];
  /** Kinds of parts that have no canonical form, each warned of once. */
  readonly leftOut: Set<string>;
  /** The text of the response that held the last usage block. */
  usageText: string;
}

export function initialContent(request: UpstreamRequest, headers: HttpHeaders): ContentProgress {
  return {
    ...initialProgress(request),
    servedTier: headers['x-gemini-service-tier'],
    started: false,
    toolCallCount: 0,
    rawFinish: '',
    promptIsBlocked: false,
    filterCategories: [],
    leftOut: new Set(),
    usageText: '',
  };
}

/** The wire has no terminator frame: an answer is whole when its candidate gave a finish reason. */
export const contentReader: FrameReader<ContentProgress> = {
  initial: initialContent,
  read: readFrame,
  isWhole: ({ rawFinish }) => rawFinish !== '',
  finish: finishOf,
  rawUsage: rawUsageOf,
};

function readFrame(state: ContentProgress, frame: StreamFrame, parts: ReplyPart[]): void {
  const parsed = parseJson(frame.data);
  const fields = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(fields)) state.fault = malformedFrame();
  else if (isError(fields)) state.fault = midStreamFault(readError(fields, undefined));
  else readResponse(state, fields, frame.data, parts);
}

export function isError(fields: JsonObject): boolean {
  return fields.error !== undefined && fields.error !== null;
}

/** Reads one response; `text` is its source. */
export function readResponse(state: ContentProgress, fields: JsonObject, text: string, parts: ReplyPart[]): void {
  if (!state.started) readStart(state, fields, parts);
  const blockReason = textOf(objectOf(fields.promptFeedback).blockReason);
  if (blockReason !== '') {
    state.promptIsBlocked = true;
    state.rawFinish = blockReason;
    readBlocked(state, objectOf(fields.promptFeedback).safetyRatings);
  }
  for (const entry of listOf(fields.candidates)) {
    const candidate = objectOf(entry);
    if (candidate.index !== undefined && candidate.index !== 0) continue;
    readCandidate(state, candidate, text, parts);
  }
  if (isObject(fields.usageMetadata)) readSnapshot(state, fields.usageMetadata, text);
}

function readStart(state: ContentProgress, fields: JsonObject, parts: ReplyPart[]): void {
  state.started = true;
  parts.push(startedPart(textOf(fields.responseId), textOf(fields.modelVersion)));
}

function readSnapshot(state: ContentProgress, rawUsage: JsonObject, text: string): void {
  const usage = readGeminiUsage(rawUsage, { service_tier: state.servedTier });
  state.usageText = text;
  if (usage) state.usage = laterSnapshot(state.usage, usage);
}

function readCandidate(state: ContentProgress, candidate: JsonObject, text: string, parts: ReplyPart[]): void {
  const wireParts = listOf(objectOf(candidate.content).parts).map(objectOf);
  const exactParts = wireParts.some(({ functionCall }) => functionCall !== undefined) ? exactPartsOf(text) : [];
  for (const [position, part] of wireParts.entries()) readPart(state, part, exactParts[position], parts);
  if (typeof candidate.finishReason === 'string') state.rawFinish = candidate.finishReason;
  readBlocked(state, candidate.safetyRatings);
}

/** Ratings come for all categories; only those that blocked count. */
function readBlocked(state: ContentProgress, ratings: unknown): void {
  if (ratings === undefined) return;
  for (const { category, blocked } of listOf(ratings).map(objectOf)) {
    if (blocked === true && typeof category === 'string') state.filterCategories.push(category);
  }
}

/** The first candidate's parts once more, with all digits of the numbers in arguments. */
function exactPartsOf(text: string): readonly unknown[] {
  const parsed = parseExactly(text);
  const candidate = objectOf(listOf(objectOf(Array.isArray(parsed) ? parsed[0] : parsed).candidates)[0]);
  return listOf(objectOf(candidate.content).parts);
}

function readPart(state: ContentProgress, part: JsonObject, exactPart: unknown, parts: ReplyPart[]): void {
  const signature = textOf(part.thoughtSignature);
  if (isObject(part.functionCall)) {
    const call = part.functionCall;
    const index = state.toolCallCount;
    const id = textOf(call.id) || toolCallIdOf(state.request.attemptId, index);
    state.toolCallCount += 1;
    parts.push(toolCallPart(index, id, textOf(call.name), Buffer.from(signature, 'utf8')));
    parts.push(argumentsPart(index, writeJson(objectOf(objectOf(exactPart).functionCall).args) ?? '{}'));
  } else if (typeof part.text === 'string') {
    readText(part.text, part.thought === true, signature, parts);
  } else {
    leaveOut(state, part, parts);
  }
}

function readText(text: string, isThought: boolean, signature: string, parts: ReplyPart[]): void {
  if (isThought) {
    parts.push(reasoningPart(text, signature));
    return;
  }
  if (text !== '') parts.push(textPart(text));
  if (signature !== '') parts.push(reasoningPart('', signature));
}

function leaveOut(state: ContentProgress, part: JsonObject, parts: ReplyPart[]): void {
  const kind = Object.keys(part)[0] ?? 'part';
  if (state.leftOut.has(kind)) return;
  state.leftOut.add(kind);
  const value = warning('unsupported', `answer.${kind}`.slice(0, 100), 'a part of the answer has no canonical form');
  parts.push({ part: { $case: 'warning', value } });
}

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: FinishReason.STOP,
  MAX_TOKENS: FinishReason.LENGTH,
  CONTINUATION: FinishReason.LENGTH,
  SAFETY: FinishReason.CONTENT_FILTER,
  RECITATION: FinishReason.CONTENT_FILTER,
  BLOCKLIST: FinishReason.CONTENT_FILTER,
  PROHIBITED_CONTENT: FinishReason.CONTENT_FILTER,
  SPII: FinishReason.CONTENT_FILTER,
  IMAGE_SAFETY: FinishReason.CONTENT_FILTER,
  IMAGE_PROHIBITED_CONTENT: FinishReason.CONTENT_FILTER,
  IMAGE_RECITATION: FinishReason.CONTENT_FILTER,
  MALFORMED_FUNCTION_CALL: FinishReason.ERROR,
  UNEXPECTED_TOOL_CALL: FinishReason.ERROR,
  TOO_MANY_TOOL_CALLS: FinishReason.ERROR,
  MALFORMED_RESPONSE: FinishReason.ERROR,
  NO_IMAGE: FinishReason.ERROR,
};

/** The finish; an answer that calls tools says STOP on this wire, and a blocked prompt gives only its reason. */
export function finishOf(state: ContentProgress): ReplyPart {
  const { rawFinish, filterCategories } = state;
  if (state.promptIsBlocked) return finishPart(FinishReason.CONTENT_FILTER, rawFinish, { filterCategories });
  const reason = finishReasonFrom(reasons, rawFinish);
  const callsTools = reason === FinishReason.STOP && state.toolCallCount > 0;
  return finishPart(callsTools ? FinishReason.TOOL_CALLS : reason, rawFinish, { filterCategories });
}

export function rawUsageOf({ usageText }: ContentProgress): string | undefined {
  return usageText === '' ? undefined : sourceOf(usageText, ['usageMetadata']);
}
