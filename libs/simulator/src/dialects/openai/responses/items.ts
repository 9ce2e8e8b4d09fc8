// The response object and its items, as OpenAI writes them.
import type { JsonRecord } from '../../../json.ts';
import type { Finish } from '../../../model/answer.ts';
import type { Reply } from '../../dialect.ts';

/** How everything begins that this server encrypts. */
export const ENCRYPTED = 'gAAAAABsimulated';

const incomplete: Readonly<Partial<Record<Finish, string>>> = {
  length: 'max_output_tokens',
  filtered: 'content_filter',
};

/** The whole response. */
export function response(reply: Reply): JsonRecord {
  const reason = incomplete[reply.answer.finish];
  return {
    ...emptyResponse(reply),
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output: itemsOf(reply),
    usage: reply.usageFor(reply.counts),
  };
}

/** The response before anything of it is generated. */
export function emptyResponse({ id, createdAt, model, prompt }: Reply): JsonRecord {
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(createdAt.getTime() / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: prompt.maxOutputTokens ?? null,
    model,
    output: [],
    parallel_tool_calls: prompt.parallelTools === 'allowed',
    previous_response_id: null,
    service_tier: prompt.serviceTier,
    store: false,
    tool_choice: 'auto',
    tools: [],
    usage: null,
    metadata: {},
  };
}

/** Its items: what was thought, then what was said or the calls of tools. */
export function itemsOf(reply: Reply): JsonRecord[] {
  const { answer } = reply;
  const thought = answer.reasoning.length > 0 ? [reasoningItem(reply)] : [];
  if (answer.toolCalls.length > 0) return [...thought, ...answer.toolCalls.map((_, index) => callItem(reply, index))];
  return answer.pieces.length > 0 || thought.length === 0 ? [...thought, messageItem(reply)] : thought;
}

function reasoningItem({ id, answer, prompt }: Reply): JsonRecord {
  const summary = prompt.showsReasoning ? [{ type: 'summary_text', text: answer.reasoning.join('') }] : [];
  return { id: `rs_${id}`, type: 'reasoning', summary, encrypted_content: `${ENCRYPTED}${id}` };
}

function messageItem({ id, answer }: Reply): JsonRecord {
  const status = incomplete[answer.finish] === undefined ? 'completed' : 'incomplete';
  return {
    id: `msg_${id}`,
    type: 'message',
    status,
    role: 'assistant',
    content: [textContent(answer.pieces.join(''))],
  };
}

export function textContent(text: string): JsonRecord {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function callItem({ id, answer }: Reply, index: number): JsonRecord {
  const call = answer.toolCalls[index];
  return {
    id: `fc_${id}${index}`,
    type: 'function_call',
    status: 'completed',
    arguments: call?.pieces.join('') ?? '',
    call_id: `call_${id}${index}`,
    name: call?.name ?? '',
  };
}
