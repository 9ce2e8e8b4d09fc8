// Cohere's API version 2: chat and embed.
import type { ProviderCodec, UpstreamRequest } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import { classifyAnswer } from '../faults.ts';
import { decoderOf } from '../reply/decoder.ts';
import { cohereCapabilities } from './capabilities.ts';
import { decodeReply } from './decode.ts';
import { embeddingLimits, encodeRequest } from './encode.ts';
import { readError } from './faults.ts';
import { type MessageProgress, messageReader } from './stream.ts';

export const cohereCodec: ProviderCodec<MessageProgress> = {
  ...embeddingLimits,
  family: 'cohere',
  capabilities: cohereCapabilities,
  framing: 'sse',
  defaultBaseUrl: 'https://api.cohere.com',
  endpoint: ({ call }: UpstreamRequest) => ({
    method: 'POST',
    path: call.task?.$case === 'embedding' ? '/v2/embed' : '/v2/chat',
  }),
  leastOutputTokens: () => 1,
  authorize: bearer,
  encode: encodeRequest,
  decode: decodeReply,
  decoder: decoderOf(messageReader),
  classify: (response, now) => classifyAnswer(readError, response, now),
};
