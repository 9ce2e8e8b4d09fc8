// Usage as Cohere bills it: the billed units, not the tokens it processed.
import { objectOf } from '../reading/json.ts';
import { readCount, readPart, reportedUsage, type Suspicions, type UsageReader } from '../usage/count.ts';

/** Reads `usage` of chat, or `meta` of embed and rerank: both hold `billed_units`. */
export const readCohereUsage: UsageReader = (value, response) => {
  const billed = objectOf(objectOf(value).billed_units);
  const suspicions: Suspicions = new Set();
  const input = readCount(billed.input_tokens, suspicions);
  const output = readCount(billed.output_tokens, suspicions);
  const uses: Record<string, number> = {};
  for (const [name, count] of [
    ['search_unit', readPart(billed.search_units, suspicions)],
    ['classification', readPart(billed.classifications, suspicions)],
  ] as const) {
    if (count > 0) uses[name] = count;
  }
  if (input === undefined && output === undefined && Object.keys(uses).length === 0) return undefined;
  return reportedUsage(
    { inputTokens: input ?? 0, outputTokens: output ?? 0, uses, batch: response.batch === true },
    suspicions,
  );
};
