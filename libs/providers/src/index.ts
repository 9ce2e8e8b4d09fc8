// Each vendor's wire and its translation to and from the canonical call. Pure: no network, log, environment or clock.
export { anthropicCodec } from './anthropic/index.ts';
export type {
  BatchItem,
  BatchLine,
  BatchPage,
  BatchRequest,
  BatchState,
  BatchUpload,
  BatchWire,
} from './batch/wire.ts';
export { type Capability, capabilities, capabilitiesNeeded } from './capability.ts';
export type {
  DecodedReply,
  EncodedRequest,
  Endpoint,
  HttpHeaders,
  ProviderCodec,
  StreamDecoder,
  StreamEnd,
  StreamFrame,
  StreamStep,
  TokenCounter,
  UpstreamRequest,
  UpstreamResponse,
  Wire,
} from './codec.ts';
export { type CodecSettings, codecFor, codecs } from './codecs.ts';
export {
  boundInputTokens,
  estimateBilledTokens,
  estimateInputTokens,
  type InputBoundOptions,
} from './input-bound/bound.ts';
export { type CountTokens, loadTokenizer, type TokenizerId, tokenizerOf } from './input-bound/tokenizer.ts';
export { type ListedModel, type ModelListPage, type ModelListWire, modelListOf } from './model-list/model-list.ts';
export { maxRetryHintMs, type ProviderFault, type ProviderResult } from './provider-fault.ts';
export { type LimitsLeft, limitsLeft } from './reading/limits-left.ts';
export { answerText, foldReply } from './reply/fold.ts';
export type { Suspicion } from './usage/count.ts';
export { ratedProviders, usageFromRaw } from './usage/from-raw.ts';
