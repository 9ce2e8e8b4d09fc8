// xAI: OpenAI's dialect, with reasoning counted on top of a chat's completion and errors of its own shape.
import type { ModelPrice } from '../../bill/prices.ts';
import { countOf, type JsonRecord, recordOf } from '../../json.ts';
import type { TokenCounts } from '../dialect.ts';
import { speaking } from '../openai/index.ts';
import { chatCompletion, chunksOf, framed } from '../openai/reply.ts';
import { chatUsage, openAiAmount } from '../openai/usage.ts';
import { type HttpReply, type Refusal, type RefusalKind, retryHeaders, statusOf } from '../refusal.ts';

function usage(counts: TokenCounts): JsonRecord {
  return { ...chatUsage(counts), completion_tokens: counts.output - counts.reasoning, num_sources_used: 0 };
}

/** What was thought is paid for as what was said. */
function amount(block: JsonRecord, price: ModelPrice, terms: { serviceTier?: string }): bigint {
  const thought = countOf(recordOf(block.completion_tokens_details).reasoning_tokens) ?? 0;
  const whole = { ...block, completion_tokens: (countOf(block.completion_tokens) ?? 0) + thought };
  return openAiAmount(whole, price, terms);
}

const codes: Readonly<Partial<Record<RefusalKind, string>>> = {
  unauthorized: 'Unauthenticated',
  forbidden: 'The caller does not have permission to execute the specified operation',
  'not-found': 'Some requested entity was not found',
  'rate-limit': 'Some resource has been exhausted',
  quota: 'Some resource has been exhausted',
  unavailable: 'The service is currently unavailable',
};

function errorBody({ refusal, message }: Refusal): string {
  return JSON.stringify({ code: codes[refusal] ?? 'Client specified an invalid argument', error: message });
}

function refuse(refusal: Refusal, requestId: string, now: Date): HttpReply {
  const headers = { 'content-type': 'application/json', 'x-request-id': requestId };
  return {
    status: refusal.status ?? statusOf[refusal.refusal],
    headers: { ...headers, ...retryHeaders(refusal.retry, now.getTime()) },
    body: errorBody(refusal),
  };
}

export const xai = speaking(
  {
    id: 'xai',
    mounts: ['/xai/v1'],
    refuse,
    headers: (requestId) => ({ 'x-request-id': requestId }),
    errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
  },
  {
    usage,
    amountPicoUsd: amount,
    reply: (reply) => chatCompletion(reply, 'reasoning_content'),
    frames: (reply, framing) => framed(chunksOf(reply, 'reasoning_content'), framing),
  },
);
