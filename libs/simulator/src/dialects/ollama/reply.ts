// Ollama's chat answers: one object, or one per line; usage is spread over the last one.
import { isRecord, type Json, type JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { Frame, Reply, TokenCounts } from '../dialect.ts';
import type { Framing } from '../framing.ts';

const doneReasons: Readonly<Record<Finish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'stop',
  'stop-sequence': 'stop',
  filtered: 'stop',
};

export function evalCounts(counts: TokenCounts): JsonRecord {
  return { prompt_eval_count: counts.input, eval_count: counts.output };
}

export function chatReply(reply: Reply): JsonRecord {
  const { answer } = reply;
  const message = {
    role: 'assistant',
    content: answer.pieces.join(''),
    thinking: showsThinking(reply) ? answer.reasoning.join('') : undefined,
    tool_calls: answer.toolCalls.length > 0 ? callsOf(reply) : undefined,
  };
  return { ...lineStart(reply), message, ...lineEnd(reply) };
}

export function chatLines(reply: Reply, framing: Framing): Frame[] {
  const { answer } = reply;
  const line = (message: JsonRecord, tokens: number): Frame => ({
    text: framing.frame(JSON.stringify({ ...lineStart(reply), message, done: false })),
    tokens,
    part: 'delta',
  });
  const thoughts = showsThinking(reply) ? answer.reasoning : [];
  const calls = answer.toolCalls.map((call, index) =>
    line({ role: 'assistant', content: '', tool_calls: [callsOf(reply)[index] as JsonRecord] }, call.tokens),
  );
  const last = { ...lineStart(reply), message: { role: 'assistant', content: '' }, ...lineEnd(reply) };
  return [
    ...thoughts.map((thinking) => line({ role: 'assistant', content: '', thinking }, 1)),
    ...answer.pieces.map((content) => line({ role: 'assistant', content }, 1)),
    ...calls,
    {
      text: framing.frame(JSON.stringify(last)),
      tokens: answer.reasoning.length - thoughts.length,
      part: 'end',
      tellsUsage: reply.usageFor(reply.counts) === undefined ? undefined : true,
    },
  ];
}

function lineStart(reply: Reply): JsonRecord {
  return { model: reply.model, created_at: reply.createdAt.toISOString() };
}

function lineEnd(reply: Reply): JsonRecord {
  return {
    done: true,
    done_reason: doneReasons[reply.answer.finish],
    total_duration: 4_000_000,
    load_duration: 1_000_000,
    ...spread(reply.usageFor(reply.counts)),
    prompt_eval_duration: 1_000_000,
    eval_duration: 2_000_000,
  };
}

function spread(usage: Json | undefined): JsonRecord {
  if (usage === null) return { prompt_eval_count: null, eval_count: null };
  return isRecord(usage) ? usage : {};
}

function callsOf(reply: Reply): JsonRecord[] {
  return reply.answer.toolCalls.map((call) => ({ function: { name: call.name, arguments: call.arguments } }));
}

function showsThinking({ answer, prompt }: Reply): boolean {
  return answer.reasoning.length > 0 && prompt.showsReasoning === true;
}
