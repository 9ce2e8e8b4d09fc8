// Cohere's usage, and what it costs: the billed units. What was processed is more, and is not what one pays for.
import { chargePicoUsd } from '../../bill/arithmetic.ts';
import type { ModelPrice } from '../../bill/prices.ts';
import { countOf, type JsonRecord, recordOf } from '../../json.ts';
import type { TokenCounts } from '../dialect.ts';

/** Tokens of instructions that the provider adds to each prompt and does not bill. */
const ADDED_INSTRUCTIONS = 497;

export function chatUsage(counts: TokenCounts): JsonRecord {
  return {
    billed_units: { input_tokens: counts.input, output_tokens: counts.output },
    tokens: { input_tokens: counts.input + ADDED_INSTRUCTIONS, output_tokens: counts.output },
    cached_tokens: counts.cache.read,
  };
}

/** The `meta` of embeddings. */
export function embedMeta(inputTokens: number): JsonRecord {
  return { api_version: { version: '2' }, billed_units: { input_tokens: inputTokens } };
}

export function cohereAmount(usage: JsonRecord, price: ModelPrice): bigint {
  const billed = recordOf(usage.billed_units);
  const freshInput = countOf(billed.input_tokens) ?? 0;
  const tokens = { freshInput, output: countOf(billed.output_tokens) ?? 0 };
  return chargePicoUsd(tokens, price, { promptTokens: freshInput });
}
