// Cohere: chat and embed of version 2, models.
import type { Dialect, Operation, Received } from '../dialect.ts';
import { sse } from '../framing.ts';
import { bearerToken } from '../reading.ts';
import { refuse } from './errors.ts';
import { readChat, readEmbed } from './read.ts';
import { chatMessage, embeddings } from './reply.ts';
import { chatEvents } from './stream.ts';
import { chatUsage, cohereAmount, embedMeta } from './usage.ts';

function operation({ method, path }: Received): Operation | undefined {
  if (method === 'POST' && path === '/v2/chat') return { kind: 'generate' };
  if (method === 'POST' && path === '/v2/embed') return { kind: 'embed' };
  if (method === 'GET' && path === '/v1/models') return { kind: 'models' };
  const named = method === 'GET' ? /^\/v1\/models\/([^/]+)$/.exec(path)?.[1] : undefined;
  return named === undefined ? undefined : { kind: 'models', model: named };
}

function listedModel(name: string) {
  const endpoints = name.startsWith('embed') ? ['embed'] : ['chat'];
  return { name, endpoints, finetuned: false, context_length: 256_000, is_deprecated: false };
}

export const cohere: Dialect = {
  id: 'cohere',
  mounts: ['/cohere'],
  keyPolicy: 'required',
  credential: ({ headers }) => bearerToken(headers.authorization),
  badKey: { refusal: 'unauthorized', message: 'invalid api token' },
  operation,
  readPrompt: readChat,
  usage: chatUsage,
  amountPicoUsd: cohereAmount,
  reply: chatMessage,
  frames: chatEvents,
  framing: () => sse,
  readEmbedding: readEmbed,
  embeddingUsage: embedMeta,
  embeddingReply: embeddings,
  modelsReply: (names) => ({ models: names.map(listedModel) }),
  modelReply: listedModel,
  headers: (requestId) => ({ 'x-debug-trace-id': requestId, 'x-endpoint-monthly-call-limit': '1000' }),
  refuse,
  errorFrame: ({ message }, _requestId, framing) =>
    framing.frame(
      JSON.stringify({ type: 'message-end', delta: { error: message, finish_reason: 'ERROR' } }),
      'message-end',
    ),
};
