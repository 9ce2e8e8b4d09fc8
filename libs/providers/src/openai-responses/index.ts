// OpenAI's responses: the wire on which its current models take tools, and keep what they thought between turns.
import type { Vendor } from '../openai-compatible/vendor.ts';
import type { WireCodec } from '../openai-compatible/wire-codec.ts';
import { decoderOf } from '../reply/decoder.ts';
import { responsesCapabilities } from './capabilities.ts';
import { decodeResponse } from './decode.ts';
import { encodeResponse, leastOutputTokens } from './encode.ts';
import { responseReader } from './stream.ts';

export function responsesWire(vendor: Vendor): WireCodec {
  return {
    path: '/responses',
    leastOutputTokens,
    capabilities: responsesCapabilities(vendor.capabilities),
    encode: (request) => encodeResponse(vendor, request),
    decode: (request, response) => decodeResponse(vendor, request, response),
    decoder: decoderOf(responseReader(vendor)),
  };
}
