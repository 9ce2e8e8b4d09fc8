// Mistral: chat completions and embeddings, strict about what it does not know.
import { speaking } from '../openai/index.ts';
import { errorBody, refuse } from './errors.ts';
import { readChat, readEmbedding } from './read.ts';
import { completion, completionChunks } from './reply.ts';
import { mistralUsage } from './usage.ts';

const paths = ['/chat/completions', '/embeddings', '/models'];
const plain = speaking({});

export const mistral = speaking(
  {
    id: 'mistral',
    mounts: ['/mistral/v1'],
    operation: (received) => (paths.includes(received.path) ? plain.operation(received) : undefined),
    refuse,
    headers: (requestId) => ({ 'mistral-correlation-id': requestId, 'x-ratelimit-remaining-req-minute': '59' }),
    errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
  },
  {
    readPrompt: readChat,
    usage: mistralUsage,
    reply: completion,
    frames: completionChunks,
    readEmbedding,
    embeddingUsage: (tokens) => ({ prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens }),
    embeddingReply: (reply) => ({ id: `emb-${reply.id}`, ...plain.embeddingReply?.(reply) }),
  },
);
