// Gemini's usageMetadata, and what it costs: candidates do not contain the thoughts, the prompt contains the cache.
import { chargePicoUsd } from '../../bill/arithmetic.ts';
import type { ModelPrice } from '../../bill/prices.ts';
import { countOf, type JsonRecord, listOf, recordOf } from '../../json.ts';
import type { TokenCounts } from '../dialect.ts';

/** What is zero is left out, as Gemini does. */
export function usageMetadata(counts: TokenCounts): JsonRecord {
  const candidates = counts.output - counts.reasoning;
  return {
    promptTokenCount: counts.input,
    cachedContentTokenCount: counts.cache.read || undefined,
    candidatesTokenCount: candidates || undefined,
    thoughtsTokenCount: counts.reasoning || undefined,
    totalTokenCount: counts.input + counts.output,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: counts.input }],
  };
}

export function geminiAmount(usage: JsonRecord, price: ModelPrice, terms: { serviceTier?: string }): bigint {
  const prompt = countOf(usage.promptTokenCount) ?? 0;
  const cacheRead = countOf(usage.cachedContentTokenCount) ?? 0;
  const audio = listOf(usage.promptTokensDetails)
    .map(recordOf)
    .find((detail) => detail.modality === 'AUDIO');
  const audioInput = countOf(audio?.tokenCount) ?? 0;
  const ofTools = countOf(usage.toolUsePromptTokenCount) ?? 0;
  const tokens = {
    freshInput: prompt - cacheRead - audioInput + ofTools,
    cacheRead,
    audioInput,
    output: (countOf(usage.candidatesTokenCount) ?? 0) + (countOf(usage.thoughtsTokenCount) ?? 0),
  };
  return chargePicoUsd(tokens, price, { promptTokens: prompt, tier: terms.serviceTier });
}
