// OpenAI: chat completions, responses, legacy completions, embeddings, models.
import type { Dialect, Operation, Received } from '../dialect.ts';
import { sse } from '../framing.ts';
import { bearerToken } from '../reading.ts';
import { batchOrFileOperation, fileBatches } from './batches.ts';
import { completion, completionChunks, readCompletion } from './completions.ts';
import { embeddingList, readEmbedding } from './embeddings.ts';
import { errorBody, errorEvent, refuse } from './errors.ts';
import { readChat } from './read.ts';
import { chatChunks, chatCompletion } from './reply.ts';
import { response } from './responses/items.ts';
import { readResponse } from './responses/read.ts';
import { responseEvents } from './responses/stream.ts';
import { chatUsage, completionUsage, openAiAmount, responseUsage } from './usage.ts';

const texts = ['/chat/completions', '/responses', '/completions'];

/** What a path below `/v1` asks for. */
export function operation({ method, path }: Received): Operation | undefined {
  if (method === 'POST' && texts.includes(path)) return { kind: 'generate' };
  if (method === 'POST' && path === '/responses/input_tokens') return { kind: 'count' };
  if (method === 'POST' && path === '/embeddings') return { kind: 'embed' };
  if (method === 'GET' && path === '/models') return { kind: 'models' };
  const named = method === 'GET' ? /^\/models\/(.+)$/.exec(path)?.[1] : undefined;
  return named === undefined ? undefined : { kind: 'models', model: named };
}

function listedModel(id: string) {
  return { id, object: 'model', created: 1_763_596_800, owned_by: 'simulator' };
}

const snapshots: Readonly<Record<string, string>> = {
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
};

/** Chat completions, embeddings and models. */
const chat: Dialect = {
  id: 'openai',
  mounts: ['/openai/v1', '/v1'],
  keyPolicy: 'required',
  credential: ({ headers }) => bearerToken(headers.authorization),
  operation,
  readPrompt: readChat,
  servedModel: (model) => snapshots[model] ?? model,
  usage: chatUsage,
  amountPicoUsd: openAiAmount,
  reply: chatCompletion,
  frames: chatChunks,
  framing: () => sse,
  readEmbedding,
  embeddingUsage: (tokens) => ({ prompt_tokens: tokens, total_tokens: tokens }),
  embeddingReply: embeddingList,
  modelsReply: (names) => ({ object: 'list', data: names.map(listedModel) }),
  modelReply: listedModel,
  headers: (requestId) => ({
    'x-request-id': requestId,
    'openai-processing-ms': '1',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-reset-requests': '6ms',
  }),
  refuse,
  errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
};

const responses: Dialect = {
  ...chat,
  readPrompt: readResponse,
  usage: responseUsage,
  reply: response,
  frames: responseEvents,
  countReply: (inputTokens) => ({ object: 'response.input_tokens', input_tokens: inputTokens }),
  errorFrame: (refusal, _requestId, framing) => framing.frame(errorEvent(refusal), 'error'),
};

const completions: Dialect = {
  ...chat,
  readPrompt: readCompletion,
  usage: completionUsage,
  reply: completion,
  frames: completionChunks,
};

/** With files and batches, whose entries are those of the surface that they would have been sent to alone. */
export const openai: Dialect = speaking({
  operation: (received) => batchOrFileOperation(received) ?? operation(received),
  batches: { ...fileBatches, entryDialect: ({ kept }) => surfaces[surfaceAt(String(kept.endpoint))] },
});

const surfaces = { chat, responses, completions };

/** OpenAI's dialect as others speak it: with changes to every part of it, and further ones to chat completions. */
export function speaking(changes: Partial<Dialect>, ofChat: Partial<Dialect> = {}): Dialect {
  const surfaces = {
    chat: { ...chat, ...changes, ...ofChat },
    responses: { ...responses, ...changes, errorFrame: responses.errorFrame },
    completions: { ...completions, ...changes },
  };
  return { ...surfaces.chat, surface: ({ path }) => surfaces[surfaceAt(path)] };
}

/** The part of the dialect behind a path. */
function surfaceAt(path: string): 'chat' | 'responses' | 'completions' {
  if (path.endsWith('/completions') && !path.endsWith('/chat/completions')) return 'completions';
  return path.endsWith('/responses') || path.includes('/responses/') ? 'responses' : 'chat';
}
