// Ollama's native API: NDJSON instead of SSE, and no key unless a proxy wants one.
import type { ProviderCodec, UpstreamRequest } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import { classifyAnswer } from '../faults.ts';
import { decoderOf } from '../reply/decoder.ts';
import { ollamaCapabilities } from './capabilities.ts';
import { decodeReply } from './decode.ts';
import { encodeRequest } from './encode.ts';
import { readError } from './faults.ts';
import { type ChatProgress, chatReader } from './stream.ts';

export const ollamaCodec: ProviderCodec<ChatProgress> = {
  id: 'ollama',
  family: 'ollama',
  capabilities: ollamaCapabilities,
  framing: 'ndjson',
  defaultBaseUrl: 'http://127.0.0.1:11434',
  endpoint: ({ call }: UpstreamRequest) => ({
    method: 'POST',
    path: call.task?.$case === 'embedding' ? '/api/embed' : '/api/chat',
  }),
  leastOutputTokens: () => 1,
  authorize: bearer,
  encode: encodeRequest,
  decode: decodeReply,
  decoder: decoderOf(chatReader),
  classify: (response, now) => classifyAnswer(readError, response, now),
};
