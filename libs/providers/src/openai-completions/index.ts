// Legacy completions: a text goes in, and the text that follows it comes out.
import { among, type Capability } from '../capability.ts';
import { decodeCompletion } from '../openai-compatible/decode.ts';
import { completionReader } from '../openai-compatible/stream.ts';
import type { Vendor } from '../openai-compatible/vendor.ts';
import type { WireCodec } from '../openai-compatible/wire-codec.ts';
import { decoderOf } from '../reply/decoder.ts';
import { encodeCompletion } from './encode.ts';

const taken: readonly Capability[] = [
  'chat',
  'streaming',
  'stop_sequences',
  'sampling.temperature',
  'sampling.top_p',
  'sampling.top_k',
  'sampling.frequency_penalty',
  'sampling.presence_penalty',
  'sampling.seed',
  'end_user',
];

export function completionsWire(vendor: Vendor): WireCodec {
  const capabilities = among(vendor.capabilities, taken);
  return {
    path: '/completions',
    leastOutputTokens: 1,
    capabilities,
    encode: (request) => encodeCompletion(vendor, capabilities, request),
    decode: (request, response) => decodeCompletion(vendor, request, response),
    decoder: decoderOf(completionReader(vendor)),
  };
}
