// OpenAI's usage block, and what it costs: `prompt_tokens` and `completion_tokens` contain all their details.
import { chargePicoUsd } from '../../bill/arithmetic.ts';
import type { ModelPrice } from '../../bill/prices.ts';
import { countOf, type JsonRecord, recordOf } from '../../json.ts';
import type { TokenCounts } from '../dialect.ts';

export function chatUsage(counts: TokenCounts): JsonRecord {
  const { read, write5m, write1h, write30m } = counts.cache;
  const written = write5m + write1h + write30m;
  return {
    prompt_tokens: counts.input,
    completion_tokens: counts.output,
    total_tokens: counts.input + counts.output,
    prompt_tokens_details: {
      cached_tokens: read,
      audio_tokens: 0,
      ...(written > 0 ? { cache_write_tokens: written } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: counts.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The same counts under the names of responses. */
export function responseUsage(counts: TokenCounts): JsonRecord {
  const { read, write5m, write1h, write30m } = counts.cache;
  return {
    input_tokens: counts.input,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: write5m + write1h + write30m },
    output_tokens: counts.output,
    output_tokens_details: { reasoning_tokens: counts.reasoning },
    total_tokens: counts.input + counts.output,
  };
}

/** Legacy completions count without details. */
export function completionUsage({ input, output }: TokenCounts): JsonRecord {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

export function openAiAmount(usage: JsonRecord, price: ModelPrice, terms: { serviceTier?: string }): bigint {
  const input = recordOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const output = recordOf(usage.completion_tokens_details ?? usage.output_tokens_details);
  const prompt = countOf(usage.prompt_tokens ?? usage.input_tokens) ?? 0;
  const completion = countOf(usage.completion_tokens ?? usage.output_tokens) ?? 0;
  const cacheRead = countOf(input.cached_tokens) ?? 0;
  const cacheWrite30m = countOf(input.cache_write_tokens) ?? 0;
  const audioInput = countOf(input.audio_tokens) ?? 0;
  const audioOutput = countOf(output.audio_tokens) ?? 0;
  const tokens = {
    freshInput: prompt - cacheRead - cacheWrite30m - audioInput,
    cacheRead,
    cacheWrite30m,
    audioInput,
    output: completion - audioOutput,
    audioOutput,
  };
  return chargePicoUsd(tokens, price, { promptTokens: prompt, tier: terms.serviceTier });
}
