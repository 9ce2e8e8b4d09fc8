// A message in one piece, and what its stream shares with it.
import type { JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { EmbeddingReply, Reply } from '../dialect.ts';

export const finishReasons: Readonly<Record<Finish, string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  'stop-sequence': 'STOP_SEQUENCE',
  filtered: 'ERROR',
};

export function chatMessage(reply: Reply): JsonRecord {
  const { answer } = reply;
  const content: JsonRecord[] = showsThinking(reply) ? [{ type: 'thinking', thinking: answer.reasoning.join('') }] : [];
  if (answer.pieces.length > 0) content.push({ type: 'text', text: answer.pieces.join('') });
  const calls = answer.toolCalls.map((call, index) => callOf(reply, index, call.pieces.join('')));
  const message = {
    role: 'assistant',
    content: content.length > 0 ? content : undefined,
    tool_plan: showsPlan(reply) ? answer.reasoning.join('') : undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
    citations: citationsOf(reply),
  };
  return { id: reply.id, finish_reason: finishReasons[answer.finish], message, usage: reply.usageFor(reply.counts) };
}

export function showsThinking({ answer, prompt }: Reply): boolean {
  return answer.reasoning.length > 0 && prompt.showsReasoning === true;
}

/** A model that does not show what it thinks still writes down what it is going to do with the tools. */
export function showsPlan(reply: Reply): boolean {
  return reply.answer.toolCalls.length > 0 && reply.answer.reasoning.length > 0 && !showsThinking(reply);
}

export function callOf(reply: Reply, index: number, callArguments: string): JsonRecord {
  const name = reply.answer.toolCalls[index]?.name ?? '';
  return { id: `${name}_${reply.id}${index}`, type: 'function', function: { name, arguments: callArguments } };
}

/** An answer to a tool's result cites it. */
export function citationsOf({ answer, prompt }: Reply): JsonRecord[] | undefined {
  if (prompt.turns.at(-1)?.role !== 'tool' || answer.pieces.length === 0) return undefined;
  const text = answer.pieces.slice(0, 3).join('');
  const sources = [{ type: 'tool', id: 'tool:0', tool_output: {} }];
  return [{ start: 0, end: text.length, text, sources, content_index: 0, type: 'TEXT_CONTENT' }];
}

export function embeddings({ id, vectors, usage }: EmbeddingReply): JsonRecord {
  const float = vectors.map((vector) => [...vector]);
  return { id, embeddings: { float }, texts: [], meta: usage, response_type: 'embeddings_by_type' };
}
