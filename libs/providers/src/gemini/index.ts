// Google's Gemini Developer API.
import type { Endpoint, ProviderCodec, UpstreamRequest } from '../codec.ts';
import { keyHeader } from '../encoding/authorization.ts';
import { classifyAnswer } from '../faults.ts';
import { decoderOf } from '../reply/decoder.ts';
import { geminiCapabilities } from './capabilities.ts';
import { decodeReply } from './decode.ts';
import { embeddingLimits, encodeRequest, modelResource } from './encode.ts';
import { readError } from './faults.ts';
import { type ContentProgress, contentReader } from './stream.ts';

export const geminiCodec: ProviderCodec<ContentProgress> = {
  ...embeddingLimits,
  family: 'gemini',
  capabilities: geminiCapabilities,
  framing: 'sse',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  endpoint,
  leastOutputTokens: () => 1,
  authorize: (credential) => keyHeader('x-goog-api-key', credential),
  encode: encodeRequest,
  decode: decodeReply,
  decoder: decoderOf(contentReader),
  classify: (response, now) => classifyAnswer(readError, response, now),
};

function endpoint({ call, upstreamModel, stream }: UpstreamRequest): Endpoint {
  const model = `/models/${encodeURIComponent(modelResource(upstreamModel).slice('models/'.length))}`;
  if (call.task?.$case === 'embedding') return { method: 'POST', path: `${model}:batchEmbedContents` };
  if (!stream) return { method: 'POST', path: `${model}:generateContent` };
  return { method: 'POST', path: `${model}:streamGenerateContent`, query: { alt: 'sse' } };
}
