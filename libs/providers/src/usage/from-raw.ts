// Every provider's way of counting by the provider's name, for rating raw usage blocks and restating old ones.
import type { Usage } from '@waybill/contracts';
import { readAnthropicUsage } from '../anthropic/usage.ts';
import { readCohereUsage } from '../cohere/usage.ts';
import { readGeminiUsage } from '../gemini/usage.ts';
import { readMistralUsage } from '../mistral/usage.ts';
import { readOllamaUsage } from '../ollama/usage.ts';
import { openAiConvention, usageReader } from '../openai-compatible/usage.ts';
import type { JsonObject } from '../reading/json.ts';
import { readXaiUsage } from '../xai/usage.ts';
import type { UsageReader } from './count.ts';

const likeOpenAi = usageReader(openAiConvention);

const readers: Readonly<Record<string, UsageReader>> = {
  openai: likeOpenAi,
  'openai-compatible': likeOpenAi,
  azure: likeOpenAi,
  'azure-openai': likeOpenAi,
  'github-copilot': likeOpenAi,
  'lm-studio': likeOpenAi,
  vllm: likeOpenAi,
  'hugging-face': likeOpenAi,
  xai: readXaiUsage,
  mistral: readMistralUsage,
  cohere: readCohereUsage,
  anthropic: readAnthropicUsage,
  gemini: readGeminiUsage,
  google: readGeminiUsage,
  ollama: readOllamaUsage,
};

/** The names `usageFromRaw` knows: kinds and vendors. */
export const ratedProviders: readonly string[] = Object.keys(readers);

/**
 * The normalised usage behind a provider's raw usage block (parsed JSON; of an Anthropic stream also the list of its
 * blocks). `response` has other fields that bear on the price: `service_tier`, `speed`, `inference_geo`, and
 * `batch: true`. Undefined when the provider is not known or the block holds no figures: never zeros.
 */
export function usageFromRaw(provider: string, rawUsage: unknown, response: JsonObject = {}): Usage | undefined {
  return Object.hasOwn(readers, provider) ? readers[provider]!(rawUsage, response) : undefined;
}
