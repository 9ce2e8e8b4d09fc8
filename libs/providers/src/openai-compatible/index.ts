// The codec of the OpenAI dialect: one for all vendors that speak it, over each of its wires.
import { among } from '../capability.ts';
import type { ProviderCodec, StreamDecoder, UpstreamRequest, Wire } from '../codec.ts';
import { noSuchTask } from '../encoding/request.ts';
import { classifyAnswer } from '../faults.ts';
import { completionsWire } from '../openai-completions/index.ts';
import { responsesWire } from '../openai-responses/index.ts';
import { decoderOf } from '../reply/decoder.ts';
import { decodeChat, decodeEmbedding } from './decode.ts';
import { encodeChat, encodeEmbedding } from './encode.ts';
import { readError } from './faults.ts';
import { completionReader } from './stream.ts';
import { genericVendor, type Vendor } from './vendor.ts';
import type { WireCodec } from './wire-codec.ts';

/** A stream in progress, with the decoder of its wire. */
export interface Reading {
  readonly decoder: StreamDecoder<unknown>;
  readonly state: unknown;
}

/** The codec for one vendor. */
export function codecForVendor(vendor: Vendor): ProviderCodec<Reading> {
  const wires: Readonly<Record<Wire, WireCodec>> = {
    chat: chatWire(vendor),
    responses: responsesWire(vendor),
    completions: completionsWire(vendor),
  };
  const embeddings = embeddingsWire(vendor);
  const wireOf = (request: UpstreamRequest) =>
    request.call.task?.$case === 'embedding' ? embeddings : wires[request.wire ?? vendor.defaultWire(request)];
  return {
    id: vendor.id,
    family: 'openai',
    capabilities: new Set([...wires[vendor.wires[0]].capabilities, ...embeddings.capabilities]),
    framing: 'sse',
    hidesModels: vendor.hidesModels,
    defaultBaseUrl: vendor.defaultBaseUrl,
    endpoint: (request) => vendor.endpoint(wireOf(request).path, request),
    authorize: vendor.authorize,
    encode(request) {
      if (request.wire !== undefined && !vendor.wires.includes(request.wire)) return noSuchTask(vendor.id, request);
      return wireOf(request).encode(request);
    },
    decode: (request, response) => wireOf(request).decode(request, response),
    decoder: {
      initial(request, headers) {
        const { decoder } = wireOf(request);
        return { decoder, state: decoder.initial(request, headers) };
      },
      step: ({ decoder, state }, frame) => decoder.step(state, frame),
      end: ({ decoder, state }) => decoder.end(state),
    },
    classify: (response, now) => classifyAnswer(readError, response, now),
  };
}

function chatWire(vendor: Vendor): WireCodec {
  return {
    path: '/chat/completions',
    capabilities: vendor.capabilities,
    encode: (request) => encodeChat(vendor, request),
    decode: (request, response) => decodeChat(vendor, request, response),
    decoder: decoderOf(completionReader(vendor)),
  };
}

function embeddingsWire(vendor: Vendor): WireCodec {
  return {
    ...chatWire(vendor),
    path: '/embeddings',
    capabilities: among(vendor.capabilities, ['embeddings', 'embedding.dimensions']),
    encode: (request) => encodeEmbedding(vendor, request),
    decode: (request, response) => decodeEmbedding(vendor, request, response),
  };
}

/** Any server that speaks the dialect. */
export const openAiCompatibleCodec = codecForVendor(genericVendor);
