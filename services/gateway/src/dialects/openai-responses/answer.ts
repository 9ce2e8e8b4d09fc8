// The canonical answer -> OpenAI's response.
import { FinishReason, type Reply, type Usage } from '@waybill/contracts';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { cacheWriteTokens, completionTokens, hasFigures, promptTokens } from '../token-totals.ts';
import { annotate, type ItemStatus, itemMaker, type OutputItem, outputItems } from './output.ts';
import type { ResponsesRequest } from './wire.ts';

export function writeResponse(request: ResponsesRequest) {
  return (reply: Reply, label: AnswerLabel, ending: AnswerEnding): string => {
    const output = outputItems(reply.content, itemMaker(label.callId), statusOf(ending));
    annotate(output, reply.citations);
    return JSON.stringify({ ...responseHead(request, label), ...responseEnd(ending, output) });
  };
}

/** The same without what the request has said, where that is no longer at hand. */
export function writeResponseAlone(reply: Reply, label: AnswerLabel, ending: AnswerEnding): string {
  const output = outputItems(reply.content, itemMaker(label.callId), statusOf(ending));
  annotate(output, reply.citations);
  return JSON.stringify({ ...responseLabel(label), ...responseEnd(ending, output) });
}

function responseLabel({ callId, createdAtSeconds, model }: AnswerLabel) {
  return {
    ...{ id: `resp_${callId}`, object: 'response', created_at: createdAtSeconds, model },
    ...{ background: false, error: null, previous_response_id: null, store: false, truncation: 'disabled' },
  };
}

/** What is the same from the first event of a response to the last. */
export function responseHead(request: ResponsesRequest, label: AnswerLabel) {
  return {
    ...responseLabel(label),
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: null },
    temperature: request.temperature ?? null,
    text: { format: request.text?.format ?? { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
  };
}

/** What is known once the answer is complete. */
export function responseEnd(ending: AnswerEnding, output: readonly OutputItem[]) {
  const { finish, usage } = ending;
  return {
    status: statusOf(ending),
    incomplete_details: incompleteDetails(finish.reason),
    output,
    service_tier: usage?.serviceTier || null,
    usage: writeUsage(usage),
  };
}

export function statusOf({ finish }: AnswerEnding): Extract<ItemStatus, 'completed' | 'incomplete'> {
  return incompleteDetails(finish.reason) === null ? 'completed' : 'incomplete';
}

function incompleteDetails(reason: FinishReason): { reason: string } | null {
  if (reason === FinishReason.LENGTH) return { reason: 'max_output_tokens' };
  return reason === FinishReason.CONTENT_FILTER ? { reason: 'content_filter' } : null;
}

/** Null where the figures are unknown. */
function writeUsage(usage: Usage | undefined): object | null {
  if (!hasFigures(usage)) return null;
  const input = promptTokens(usage);
  const output = completionTokens(usage);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: cacheWriteTokens(usage) },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + output,
  };
}
