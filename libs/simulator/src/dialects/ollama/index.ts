// Ollama's native API: chat, embeddings, tags.
import { chargePicoUsd } from '../../bill/arithmetic.ts';
import { countOf, recordOf } from '../../json.ts';
import type { Dialect, Operation, Received } from '../dialect.ts';
import { ndjson } from '../framing.ts';
import { bearerToken } from '../reading.ts';
import { badGatewayPage, type HttpReply, type Refusal, statusOf } from '../refusal.ts';
import { readChat, readEmbed } from './read.ts';
import { chatLines, chatReply, evalCounts } from './reply.ts';

function operation({ method, path }: Received): Operation | undefined {
  switch (`${method} ${path}`) {
    case 'POST /chat':
      return { kind: 'generate' };
    case 'POST /embed':
      return { kind: 'embed' };
    case 'GET /tags':
      return { kind: 'models' };
    default:
      return undefined;
  }
}

function listedModel(name: string) {
  const details = { format: 'gguf', family: name, parameter_size: '3.2B', quantization_level: 'Q4_K_M' };
  return { name, model: name, modified_at: '2026-10-21T00:00:00Z', size: 2_019_393_189, digest: 'simulated', details };
}

function refuse(refusal: Refusal): HttpReply {
  const status = refusal.status ?? (refusal.refusal === 'overloaded' ? 503 : statusOf[refusal.refusal]);
  if (refusal.refusal === 'bad-gateway') {
    return { status, headers: { 'content-type': 'text/html' }, body: badGatewayPage };
  }
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: errorBody(refusal) };
}

function errorBody({ message }: Refusal): string {
  return JSON.stringify({ error: message });
}

export const ollama: Dialect = {
  id: 'ollama',
  mounts: ['/ollama/api'],
  keyPolicy: 'optional',
  streamsByDefault: true,
  credential: ({ headers }) => bearerToken(headers.authorization),
  operation,
  readPrompt: readChat,
  usage: evalCounts,
  amountPicoUsd: (usage, price) =>
    chargePicoUsd(
      { freshInput: countOf(usage.prompt_eval_count) ?? 0, output: countOf(usage.eval_count) ?? 0 },
      price,
      {
        promptTokens: countOf(usage.prompt_eval_count) ?? 0,
      },
    ),
  reply: chatReply,
  frames: chatLines,
  framing: () => ndjson,
  readEmbedding: readEmbed,
  embeddingUsage: (tokens) => ({ prompt_eval_count: tokens }),
  embeddingReply: ({ model, vectors, usage }) => ({
    model,
    embeddings: vectors.map((vector) => [...vector]),
    total_duration: 2_000_000,
    load_duration: 1_000_000,
    ...recordOf(usage),
  }),
  modelsReply: (names) => ({ models: names.map(listedModel) }),
  modelReply: listedModel,
  headers: () => ({}),
  refuse,
  errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
};
