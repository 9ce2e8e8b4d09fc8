// Mistral's completions: whole tool calls in one chunk, thoughts as content, usage in the last chunk unasked.
import type { JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import { hashText } from '../../random.ts';
import type { Frame, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';

const finishReasons: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'stop-sequence': 'stop',
  filtered: 'error',
};

export function completion(reply: Reply): JsonRecord {
  const { answer } = reply;
  const text = answer.pieces.join('');
  const thoughts = answer.reasoning.join('');
  const content = thoughts === '' ? text : [thinking(thoughts), { type: 'text', text }];
  const message = { role: 'assistant', content, tool_calls: answer.toolCalls.length > 0 ? callsOf(reply) : null };
  return {
    ...head(reply, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: finishReasons[answer.finish] }],
    usage: reply.usageFor(reply.counts),
  };
}

export function completionChunks(reply: Reply, framing: Framing): Frame[] {
  const { answer } = reply;
  const usage = reply.usageFor(reply.counts);
  const chunk = (delta: JsonRecord, tokens: number, part: Frame['part'], last?: JsonRecord): Frame => {
    const finish = last === undefined ? null : finishReasons[answer.finish];
    const choices = [{ index: 0, delta, finish_reason: finish }];
    const text = framing.frame(JSON.stringify({ ...head(reply, 'chat.completion.chunk'), choices, ...last }));
    return { text, tokens, part, tellsUsage: last !== undefined && usage !== undefined ? true : undefined };
  };
  const calls = answer.toolCalls.length > 0;
  const callTokens = answer.toolCalls.reduce((sum, { tokens }) => sum + tokens, 0);
  const lastDelta = calls ? { tool_calls: callsOf(reply).map((call, index) => ({ ...call, index })) } : { content: '' };
  return [
    chunk({ role: 'assistant', content: '' }, 0, 'start'),
    ...answer.reasoning.map((piece) => chunk({ content: [thinking(piece)] }, 1, 'delta')),
    ...answer.pieces.map((content) => chunk({ content }, 1, 'delta')),
    chunk(lastDelta, callTokens, 'finish', { usage }),
    { text: framing.frame('[DONE]'), tokens: 0, part: 'end' },
  ];
}

function thinking(text: string): JsonRecord {
  return { type: 'thinking', thinking: [{ type: 'text', text }] };
}

function callsOf(reply: Reply): JsonRecord[] {
  return reply.answer.toolCalls.map((call, index) => ({
    id: shortId(reply.id, index),
    type: 'function',
    function: { name: call.name, arguments: call.pieces.join('') },
  }));
}

/** Nine letters and digits. */
function shortId(id: string, index: number): string {
  return `${hashText(`${id}${index}`, 1).toString(36)}${id}`.slice(0, 8) + index.toString(36).slice(-1);
}

function head(reply: Reply, object: string): JsonRecord {
  const created = Math.floor(reply.createdAt.getTime() / 1000);
  return { id: reply.id, object, created, model: reply.model };
}
