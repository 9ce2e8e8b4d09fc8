// Usage as Anthropic counts it: fresh input, cache reads and cache writes are three separate figures.
import type { Usage } from '@waybill/contracts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../reading/json.ts';
import {
  addCounts,
  carve,
  readCount,
  readPart,
  reportedUsage,
  type Suspicions,
  type UsageReader,
} from '../usage/count.ts';

const cumulative = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'server_tool_use',
  'output_tokens_details',
  'iterations',
  'cache_creation',
  'service_tier',
  'inference_geo',
  'speed',
] as const;

/**
 * The usage blocks of one stream as one: of each figure the last that is not null, since they are running totals and
 * the later block leaves out the cache lifetimes and the tier.
 */
export function mergeUsageBlocks(blocks: readonly unknown[]): JsonObject {
  const merged: Record<string, unknown> = {};
  for (const block of blocks) {
    const fields = objectOf(block);
    for (const name of cumulative) if (fields[name] !== undefined && fields[name] !== null) merged[name] = fields[name];
  }
  return merged;
}

/** Reads one usage block, or the list of those a stream sent. */
export const readAnthropicUsage: UsageReader = (value, response) => {
  const raw = mergeUsageBlocks(Array.isArray(value) ? value : [value]);
  const suspicions: Suspicions = new Set();
  const input = readCount(raw.input_tokens, suspicions);
  const output = readCount(raw.output_tokens, suspicions);
  if (input === undefined || output === undefined) return undefined;
  const thinking = readPart(objectOf(raw.output_tokens_details).thinking_tokens, suspicions);
  const { rest, parts } = carve(output, [thinking], suspicions);
  const counts = {
    inputTokens: input,
    cacheReadTokens: readPart(raw.cache_read_input_tokens, suspicions),
    ...readCacheWrites(raw, suspicions),
    outputTokens: rest,
    reasoningTokens: parts[0]!,
  };
  return reportedUsage(
    {
      ...withCompactions(counts, raw, suspicions),
      uses: readUses(raw, suspicions),
      serviceTier: textOf(raw.service_tier ?? response.service_tier),
      speed: textOf(raw.speed ?? response.speed),
      inferenceGeo: textOf(raw.inference_geo ?? response.inference_geo),
      batch: response.batch === true || raw.service_tier === 'batch',
    },
    suspicions,
  );
};

type Counts = Pick<
  Usage,
  'inputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens' | 'outputTokens' | 'reasoningTokens'
>;

/** Writes by lifetime; what the split does not explain was written for the default five minutes. */
function readCacheWrites(raw: JsonObject, suspicions: Suspicions) {
  const split = isObject(raw.cache_creation) ? raw.cache_creation : undefined;
  const hour = readPart(split?.ephemeral_1h_input_tokens, suspicions);
  const fiveMinutes = readPart(split?.ephemeral_5m_input_tokens, suspicions);
  const total = readCount(raw.cache_creation_input_tokens, suspicions) ?? hour + fiveMinutes;
  if (split && hour + fiveMinutes !== total) suspicions.add('cache_split_differs');
  const carved = carve(total, [hour], suspicions);
  return { cacheWrite5mTokens: carved.rest, cacheWrite1hTokens: carved.parts[0]! };
}

/** Compactions are billed but are not in the top-level figures; iterations of another model cannot be rated here. */
function withCompactions(counts: Counts, raw: JsonObject, suspicions: Suspicions): Counts {
  const sums = { ...counts };
  for (const iteration of listOf(raw.iterations).map(objectOf)) {
    const type = textOf(iteration.type);
    if (type === 'advisor_message' || type === 'fallback_message') suspicions.add('other_model_iterations');
    if (type !== 'compaction') continue;
    const writes = readCacheWrites(iteration, suspicions);
    const add = (count: number, more: number) => addCounts(count, more, suspicions);
    sums.inputTokens = add(sums.inputTokens, readPart(iteration.input_tokens, suspicions));
    sums.cacheReadTokens = add(sums.cacheReadTokens, readPart(iteration.cache_read_input_tokens, suspicions));
    sums.cacheWrite5mTokens = add(sums.cacheWrite5mTokens, writes.cacheWrite5mTokens);
    sums.cacheWrite1hTokens = add(sums.cacheWrite1hTokens, writes.cacheWrite1hTokens);
    sums.outputTokens = add(sums.outputTokens, readPart(iteration.output_tokens, suspicions));
  }
  return sums;
}

/** Web fetches are free, so only searches count as billed pieces. */
function readUses(raw: JsonObject, suspicions: Suspicions): Record<string, number> {
  const searches = readPart(objectOf(raw.server_tool_use).web_search_requests, suspicions);
  return searches > 0 ? { web_search: searches } : {};
}
