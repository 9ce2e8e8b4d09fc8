// Anthropic: messages, token counts, models.
import type { Dialect, Operation, Received } from '../dialect.ts';
import { sse } from '../framing.ts';
import { bearerToken, headerText } from '../reading.ts';
import { batchOperation, messageBatches } from './batches.ts';
import { errorBody, refuse } from './errors.ts';
import { readMessages } from './read.ts';
import { message } from './reply.ts';
import { messageEvents } from './stream.ts';
import { anthropicAmount, messageUsage } from './usage.ts';

function operation(received: Received): Operation | undefined {
  const { method, path } = received;
  const batch = batchOperation(received);
  if (batch !== undefined) return { kind: 'batch', batch };
  if (method === 'POST' && path === '/messages') return { kind: 'generate' };
  if (method === 'POST' && path === '/messages/count_tokens') return { kind: 'count' };
  if (method === 'GET' && path === '/models') return { kind: 'models' };
  const named = method === 'GET' ? /^\/models\/([^/]+)$/.exec(path)?.[1] : undefined;
  return named === undefined ? undefined : { kind: 'models', model: named };
}

function listedModel(id: string) {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: '2026-10-21T00:00:00Z',
    max_input_tokens: 1_000_000,
    max_tokens: 128_000,
  };
}

export const anthropic: Dialect = {
  id: 'anthropic',
  mounts: ['/anthropic/v1'],
  keyPolicy: 'required',
  credential: ({ headers }) => headerText(headers['x-api-key']) ?? bearerToken(headers.authorization),
  operation,
  readPrompt: readMessages,
  usage: messageUsage,
  amountPicoUsd: anthropicAmount,
  reply: message,
  frames: messageEvents,
  framing: () => sse,
  batches: messageBatches,
  countReply: (inputTokens) => ({ input_tokens: inputTokens }),
  modelsReply: (names) => ({
    data: names.map(listedModel),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  }),
  modelReply: listedModel,
  headers: (requestId) => ({
    'request-id': requestId,
    'anthropic-organization-id': 'simulated-organization',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
  }),
  refuse,
  errorFrame: (refusal, requestId, framing) => framing.frame(errorBody(refusal, requestId), 'error'),
};
