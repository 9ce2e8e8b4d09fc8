// Gemini: generateContent, its stream, embedContent and its batch, countTokens, models.
import type { Dialect, Operation, Received } from '../dialect.ts';
import { headerText } from '../reading.ts';
import { embedContentsReply, readEmbedContents } from './embeddings.ts';
import { badKey, errorBody, refuse } from './errors.ts';
import { ARRAY_FORM, framingFor, geminiFrames } from './framing.ts';
import { readContents } from './read.ts';
import { generateContentResponse } from './reply.ts';
import { geminiAmount, usageMetadata } from './usage.ts';

function operation({ method, path, query }: Received): Operation | undefined {
  if (!path.startsWith('/models')) return undefined;
  const target = path.slice('/models/'.length);
  if (method === 'GET') return target === '' ? { kind: 'models' } : { kind: 'models', model: target };
  const colon = target.lastIndexOf(':');
  const model = target.slice(0, colon);
  switch (colon > 0 && method === 'POST' ? target.slice(colon + 1) : '') {
    case 'generateContent':
      return { kind: 'generate', model };
    case 'streamGenerateContent':
      return { kind: 'generate', model, streamForm: query.get('alt') === 'sse' ? 'sse' : ARRAY_FORM };
    case 'embedContent':
      return { kind: 'embed', model, form: 'single' };
    case 'batchEmbedContents':
      return { kind: 'embed', model };
    case 'countTokens':
      return { kind: 'count', model };
    default:
      return undefined;
  }
}

function listedModel(name: string) {
  const methods = name.includes('embedding') ? ['embedContent'] : ['generateContent', 'countTokens'];
  return {
    name: `models/${name}`,
    displayName: name,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: methods,
  };
}

export const gemini: Dialect = {
  id: 'gemini',
  mounts: ['/gemini/v1beta'],
  keyPolicy: 'required',
  credential: ({ headers, query }) => headerText(headers['x-goog-api-key']) ?? query.get('key') ?? undefined,
  badKey,
  operation,
  readPrompt: readContents,
  usage: usageMetadata,
  amountPicoUsd: geminiAmount,
  reply: generateContentResponse,
  frames: geminiFrames,
  framing: framingFor,
  readEmbedding: readEmbedContents,
  embeddingUsage: (tokens) => ({ promptTokenCount: tokens }),
  tellsEmbeddingUsage: (model) => !model.includes('embedding-001'),
  embeddingReply: embedContentsReply,
  countReply: (totalTokens) => ({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] }),
  modelsReply: (names) => ({ models: names.map(listedModel) }),
  modelReply: listedModel,
  headers: () => ({ 'server-timing': 'gfet4t7; dur=1' }),
  refuse,
  errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
};
