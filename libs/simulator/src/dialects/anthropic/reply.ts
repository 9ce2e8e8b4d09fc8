// A message in one piece.
import type { JsonRecord } from '../../json.ts';
import type { Finish } from '../../model/answer.ts';
import type { Reply } from '../dialect.ts';

export const stopReasons: Readonly<Record<Finish, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'stop-sequence': 'stop_sequence',
  filtered: 'refusal',
};

export const SIGNATURE = 'c2ltdWxhdGVkLXNpZ25hdHVyZQ==';

export function message(reply: Reply): JsonRecord {
  return {
    ...emptyMessage(reply),
    content: contentBlocks(reply),
    stop_reason: stopReasons[reply.answer.finish],
    stop_sequence: reply.answer.stopSequence ?? null,
    stop_details: stopDetails(reply),
    usage: reply.usageFor(reply.counts),
  };
}

export function stopDetails({ answer }: Reply): JsonRecord | null {
  return answer.finish === 'filtered' ? { type: 'refusal', category: 'cyber', explanation: null } : null;
}

/** What is known before the first token; also the start of a stream. */
export function emptyMessage(reply: Reply): JsonRecord {
  return {
    id: `msg_${reply.id}`,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
}

/** The blocks in order: thinking (if shown), then text or tool calls. */
export function contentBlocks(reply: Reply): JsonRecord[] {
  const { answer } = reply;
  const blocks: JsonRecord[] = showsThinking(reply)
    ? [{ type: 'thinking', thinking: answer.reasoning.join(''), signature: SIGNATURE }]
    : [];
  if (answer.pieces.length > 0) blocks.push({ type: 'text', text: answer.pieces.join('') });
  answer.toolCalls.forEach((call, index) => {
    blocks.push({ type: 'tool_use', id: toolUseId(reply, index), name: call.name, input: call.arguments });
  });
  return blocks;
}

export function showsThinking({ answer, prompt }: Reply): boolean {
  return answer.reasoning.length > 0 && prompt.showsReasoning === true;
}

export function toolUseId(reply: Reply, index: number): string {
  return `toolu_${reply.id}${index}`;
}
