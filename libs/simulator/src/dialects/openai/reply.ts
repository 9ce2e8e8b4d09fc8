// chat.completion and chat.completion.chunk, as OpenAI writes them.

import { type JsonRecord, listOf, recordOf } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { ToolCall } from '../../model/tool-use.ts';
import { hashText } from '../../random.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';

export const finishReasons: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'stop-sequence': 'stop',
  filtered: 'content_filter',
};
const FINGERPRINT = 'fp_simulated';

export function chatCompletion(reply: Reply, thoughts?: ThoughtField): JsonRecord {
  const { answer } = reply;
  const calls = answer.toolCalls.map((call, index) => wholeCall(reply, call, index));
  const content = answer.toolCalls.length > 0 ? null : answer.pieces.join('');
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    annotations: [],
    tool_calls: calls.length > 0 ? calls : undefined,
    ...(thoughts !== undefined && answer.reasoning.length > 0 ? { [thoughts]: answer.reasoning.join('') } : {}),
  };
  return {
    ...common(reply, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[answer.finish] }],
    usage: reply.usageFor(reply.counts),
  };
}

/** A chunk of a stream before it is framed; `[DONE]` is a text. */
export interface ChatChunk {
  readonly json: JsonRecord | string;
  readonly tokens: number;
  readonly part: Frame['part'];
  readonly tellsUsage?: true | undefined;
}

/** The field in which a server shows what the model thought; undefined where it does not. */
export type ThoughtField = 'reasoning_content' | 'reasoning' | undefined;

export function chatChunks(reply: Reply, framing: Framing): Frame[] {
  return framed(chunksOf(reply), framing);
}

export function framed(chunks: readonly ChatChunk[], framing: Framing): Frame[] {
  return chunks.map(({ json, ...rest }) => ({
    text: framing.frame(typeof json === 'string' ? json : JSON.stringify(json)),
    ...rest,
  }));
}

/** The chunks in order: role, deltas, finish, usage if asked for, `[DONE]`. */
export function chunksOf(reply: Reply, thoughts?: ThoughtField): ChatChunk[] {
  const { answer, prompt } = reply;
  const withUsage = prompt.delivery.kind === 'stream' && prompt.delivery.usage === 'included';
  const start: JsonRecord = { ...common(reply, 'chat.completion.chunk') };
  const chunk: Chunk = (delta, finish, tokens, part) => ({
    json: {
      ...start,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...(withUsage ? { usage: null } : {}),
      ...obfuscation(reply, delta),
    },
    tokens,
    part,
  });
  return [
    ...firstChunks(reply, chunk, thoughts),
    chunk({}, finishReasons[answer.finish], 0, 'finish'),
    ...(withUsage ? [usageChunk(reply, start)] : []),
    { json: '[DONE]', tokens: 0, part: 'end' },
  ];
}

type Chunk = (delta: JsonRecord, finish: string | null, tokens: number, part: Frame['part']) => ChatChunk;

function firstChunks(reply: Reply, chunk: Chunk, thoughts: ThoughtField): ChatChunk[] {
  const { answer } = reply;
  const hidden = thoughts === undefined ? answer.reasoning.length : 0;
  const shown =
    thoughts === undefined ? [] : answer.reasoning.map((piece) => chunk({ [thoughts]: piece }, null, 1, 'delta'));
  const role = (delta: JsonRecord) => chunk({ role: 'assistant', ...delta, refusal: null }, null, hidden, 'start');
  if (answer.toolCalls.length === 0) {
    return [role({ content: '' }), ...shown, ...answer.pieces.map((content) => chunk({ content }, null, 1, 'delta'))];
  }
  const calls = answer.toolCalls.map((call, index) => callChunks(reply, call, index, chunk));
  if (shown.length > 0) return [role({ content: null }), ...shown, ...calls.flat()];
  return withRole(calls.flat(), hidden);
}

/** The role is told with the first call. */
function withRole([first, ...rest]: readonly ChatChunk[], hidden: number): ChatChunk[] {
  if (first === undefined || typeof first.json === 'string') return [];
  const [choice] = listOf(first.json.choices).map(recordOf);
  const delta = { role: 'assistant', content: null, ...recordOf(choice?.delta), refusal: null };
  const json = { ...first.json, choices: [{ ...choice, delta }] };
  return [{ json, tokens: first.tokens + hidden, part: 'start' }, ...rest];
}

function callChunks(reply: Reply, call: ToolCall, index: number, chunk: Chunk): ChatChunk[] {
  const opening = { ...wholeCall(reply, call, index), function: { name: call.name, arguments: '' }, index };
  return [
    chunk({ tool_calls: [opening] }, null, call.tokens - call.pieces.length, 'delta'),
    ...call.pieces.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, null, 1, 'delta')),
  ];
}

function usageChunk(reply: Reply, start: JsonRecord): ChatChunk {
  const usage = reply.usageFor(reply.counts);
  const tellsUsage = usage === undefined ? undefined : true;
  return { json: { ...start, choices: [], usage }, tokens: 0, part: 'finish', tellsUsage };
}

export function common(reply: Reply, object: string): JsonRecord {
  return {
    id: `chatcmpl-${reply.id}`,
    object,
    created: Math.floor(reply.createdAt.getTime() / 1000),
    model: reply.model,
    service_tier: reply.prompt.serviceTier,
    system_fingerprint: FINGERPRINT,
  };
}

function wholeCall(reply: Reply, call: ToolCall, index: number): JsonRecord {
  return {
    id: `call_${reply.id}${index}`,
    type: 'function',
    function: { name: call.name, arguments: call.pieces.join('') },
  };
}

/** Padding of a length that hides how long the content is. */
function obfuscation(reply: Reply, delta: JsonRecord): JsonRecord {
  const { delivery } = reply.prompt;
  if (delivery.kind !== 'stream' || delivery.form !== 'obfuscated' || typeof delta.content !== 'string') return {};
  return { obfuscation: 'aZ3kQ9xL0pVt'.slice(0, 1 + (hashText(delta.content, 7) % 12)) };
}
