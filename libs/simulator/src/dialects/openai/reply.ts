// chat.completion and chat.completion.chunk, as OpenAI writes them.

import type { JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { ToolCall } from '../../model/tool-use.ts';
import { hashText } from '../../random.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';

const finishReasons: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'stop-sequence': 'stop',
  filtered: 'content_filter',
};
const FINGERPRINT = 'fp_simulated';

export function chatCompletion(reply: Reply): JsonRecord {
  const { answer } = reply;
  const calls = answer.toolCalls.map((call, index) => wholeCall(reply, call, index));
  const content = answer.toolCalls.length > 0 ? null : answer.pieces.join('');
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    annotations: [],
    tool_calls: calls.length > 0 ? calls : undefined,
  };
  return {
    ...common(reply, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[answer.finish] }],
    usage: reply.usageFor(reply.counts),
  };
}

/** The chunks in order: role, deltas, finish, usage if asked for, `[DONE]`. */
export function chatChunks(reply: Reply, framing: Framing): Frame[] {
  const { answer, prompt } = reply;
  const withUsage = prompt.delivery.kind === 'stream' && prompt.delivery.usage === 'included';
  const start: JsonRecord = { ...common(reply, 'chat.completion.chunk') };
  const chunk = (delta: JsonRecord, finish: string | null, tokens: number, part: Frame['part']): Frame => ({
    text: framing.frame(
      JSON.stringify({
        ...start,
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        ...(withUsage ? { usage: null } : {}),
        ...obfuscation(reply, delta),
      }),
    ),
    tokens,
    part,
  });
  const frames = [
    ...firstChunks(reply, chunk),
    chunk({}, finishReasons[answer.finish], 0, 'finish'),
    ...(withUsage ? [usageChunk(reply, start, framing)] : []),
  ];
  return [...frames, { text: framing.frame('[DONE]'), tokens: 0, part: 'end' }];
}

type Chunk = (delta: JsonRecord, finish: string | null, tokens: number, part: Frame['part']) => Frame;

function firstChunks(reply: Reply, chunk: Chunk): Frame[] {
  const { answer } = reply;
  const thought = answer.reasoning.length;
  if (answer.toolCalls.length > 0) {
    return answer.toolCalls.flatMap((call, index) => callChunks(reply, { call, index, thought }, chunk));
  }
  return [
    chunk({ role: 'assistant', content: '', refusal: null }, null, thought, 'start'),
    ...answer.pieces.map((content) => chunk({ content }, null, 1, 'delta')),
  ];
}

function callChunks(reply: Reply, at: { call: ToolCall; index: number; thought: number }, chunk: Chunk): Frame[] {
  const { call, index } = at;
  const opening = { ...wholeCall(reply, call, index), function: { name: call.name, arguments: '' }, index };
  const nameTokens = call.tokens - call.pieces.length;
  const first: Frame =
    index === 0
      ? chunk(
          { role: 'assistant', content: null, tool_calls: [opening], refusal: null },
          null,
          at.thought + nameTokens,
          'start',
        )
      : chunk({ tool_calls: [opening] }, null, nameTokens, 'delta');
  const rest = call.pieces.map((piece) =>
    chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, null, 1, 'delta'),
  );
  return [first, ...rest];
}

function usageChunk(reply: Reply, start: JsonRecord, framing: Framing): Frame {
  const usage = reply.usageFor(reply.counts);
  const text = framing.frame(JSON.stringify({ ...start, choices: [], usage }));
  return { text, tokens: 0, part: 'finish', tellsUsage: usage === undefined ? undefined : true };
}

function common(reply: Reply, object: string): JsonRecord {
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
