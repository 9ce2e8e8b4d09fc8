// The codec of the OpenAI dialect: one for all vendors that speak it.
import type { ProviderCodec } from '../codec.ts';
import { bearer } from '../encoding/authorization.ts';
import { classifyAnswer } from '../faults.ts';
import { decoderOf } from '../reply/decoder.ts';
import { decodeReply } from './decode.ts';
import { encodeRequest } from './encode.ts';
import { readError } from './faults.ts';
import { type CompletionProgress, completionReader } from './stream.ts';
import { genericVendor, type Vendor } from './vendor.ts';

/** The codec for one vendor. */
export function codecForVendor(vendor: Vendor): ProviderCodec<CompletionProgress> {
  return {
    id: vendor.id,
    family: 'openai',
    capabilities: vendor.capabilities,
    framing: 'sse',
    defaultBaseUrl: vendor.defaultBaseUrl,
    endpoint: ({ call }) => ({
      method: 'POST',
      path: call.task?.$case === 'embedding' ? '/embeddings' : '/chat/completions',
    }),
    authorize: bearer,
    encode: (request) => encodeRequest(vendor, request),
    decode: (request, response) => decodeReply(vendor, request, response),
    decoder: decoderOf(completionReader(vendor)),
    classify: (response, now) => classifyAnswer(readError, response, now),
  };
}

/** Any server that speaks the dialect. */
export const openAiCompatibleCodec = codecForVendor(genericVendor);
