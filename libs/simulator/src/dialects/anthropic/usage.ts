// Anthropic's usage block, and what it costs: `input_tokens` is only what no cache had or took in.
import { chargePicoUsd } from '../../bill/arithmetic.ts';
import type { ModelPrice } from '../../bill/prices.ts';
import { countOf, isRecord, type JsonRecord } from '../../json.ts';
import type { Prompt } from '../../model/prompt.ts';
import type { TokenCounts } from '../dialect.ts';

export function messageUsage(counts: TokenCounts, prompt: Pick<Prompt, 'speed' | 'region'>): JsonRecord {
  const { read, write5m, write1h, write30m } = counts.cache;
  const written = write5m + write30m + write1h;
  return {
    input_tokens: counts.input - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: write5m + write30m, ephemeral_1h_input_tokens: write1h },
    output_tokens: counts.output,
    output_tokens_details: counts.reasoning > 0 ? { thinking_tokens: counts.reasoning } : undefined,
    service_tier: 'standard',
    inference_geo: prompt.region,
    speed: prompt.speed,
  };
}

export function anthropicAmount(usage: JsonRecord, price: ModelPrice, terms: Pick<Prompt, 'speed' | 'region'>): bigint {
  const freshInput = countOf(usage.input_tokens) ?? 0;
  const cacheRead = countOf(usage.cache_read_input_tokens) ?? 0;
  const written = countOf(usage.cache_creation_input_tokens) ?? 0;
  const split = usage.cache_creation;
  const cacheWrite1h = isRecord(split) ? (countOf(split.ephemeral_1h_input_tokens) ?? 0) : 0;
  const tokens = {
    freshInput,
    cacheRead,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output: countOf(usage.output_tokens) ?? 0,
  };
  const factors = [terms.speed && `speed.${terms.speed}`, terms.region && `region.${terms.region}`];
  return chargePicoUsd(tokens, price, {
    promptTokens: freshInput + cacheRead + written,
    factors: factors.filter((name) => name !== undefined),
  });
}
