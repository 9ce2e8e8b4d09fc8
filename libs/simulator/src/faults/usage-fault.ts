// Usage that a provider should not send: what the client is told differs from what is billed.
import { isRecord, type Json, type JsonRecord } from '../json.ts';

export const usageFaults = [
  'missing',
  'null',
  'empty',
  'strings',
  'negative',
  'fraction',
  'huge',
  'zero',
  'mismatch',
  'partial-nulls',
] as const;
export type UsageFault = (typeof usageFaults)[number];

/** Undefined stands for leaving the field out. */
export function alterUsage(usage: JsonRecord, fault: UsageFault | undefined): Json | undefined {
  switch (fault) {
    case undefined:
      return usage;
    case 'missing':
      return undefined;
    case 'null':
      return null;
    case 'empty':
      return {};
    case 'strings':
      return mapNumbers(usage, String);
    case 'negative':
      return mapNumbers(usage, (count) => -count - 1);
    case 'fraction':
      return mapNumbers(usage, (count) => count + 0.5);
    case 'huge':
      return mapNumbers(usage, () => 1e308);
    case 'zero':
      return mapNumbers(usage, () => 0);
    case 'mismatch':
      return mapTotals(usage);
    case 'partial-nulls':
      return mapNumbers(usage, (count) => (count === 0 ? null : count));
    default:
      return fault satisfies never;
  }
}

function mapNumbers(value: Json, map: (count: number) => Json): Json {
  if (typeof value === 'number') return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapNumbers(entry, map));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapNumbers(entry ?? null, map)]));
}

/** The total no longer adds up; where the dialect has none, the breakdown is larger than what it breaks down. */
function mapTotals(usage: JsonRecord): JsonRecord {
  const wrong = { ...usage };
  for (const name of ['total_tokens', 'totalTokenCount', 'cache_read_input_tokens']) {
    if (typeof wrong[name] === 'number') wrong[name] += 1_000_003;
  }
  return wrong;
}
