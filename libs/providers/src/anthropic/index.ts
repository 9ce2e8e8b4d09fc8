// Anthropic's messages API, in both of its versions.
import type { Secret } from '@waybill/kernel';
import type { HttpHeaders, ProviderCodec } from '../codec.ts';
import { bearer, keyHeader } from '../encoding/authorization.ts';
import { classifyAnswer } from '../faults.ts';
import { decoderOf } from '../reply/decoder.ts';
import { messageBatches } from './batch.ts';
import { anthropicCapabilities } from './capabilities.ts';
import { messageCounter } from './count.ts';
import { decodeReply } from './decode.ts';
import { defaultCap, encodeRequest } from './encode.ts';
import { readError } from './faults.ts';
import { type MessageProgress, messageReader } from './stream.ts';

/** The version that still takes sampling parameters. */
export const defaultApiVersion = '2023-06-01';

/** The codec for one `anthropic-version`. */
export function anthropicCodec(apiVersion: string): ProviderCodec<MessageProgress> {
  return {
    id: 'anthropic',
    family: 'anthropic',
    capabilities: anthropicCapabilities(apiVersion),
    framing: 'sse',
    defaultBaseUrl: 'https://api.anthropic.com',
    endpoint: () => ({ method: 'POST', path: '/v1/messages' }),
    leastOutputTokens: ({ maxOutputTokens }) => (maxOutputTokens > 0 ? 1 : defaultCap),
    authorize: (credential) => authorize(apiVersion, credential),
    encode: (request) => encodeRequest(apiVersion, request),
    decode: decodeReply,
    decoder: decoderOf(messageReader),
    counter: messageCounter(apiVersion),
    batches: messageBatches(apiVersion),
    classify: (response, now) => classifyAnswer(readError, response, now),
  };
}

function authorize(apiVersion: string, credential: Secret | undefined): HttpHeaders {
  return apiVersion >= '2026-10-21' ? bearer(credential) : keyHeader('x-api-key', credential);
}
