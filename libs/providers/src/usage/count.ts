// Reads token counts that vendors send, whatever they look like, and notes what makes them doubtful.
import { Usage, UsageSource } from '@waybill/contracts';
import type { JsonObject } from '../reading/json.ts';

/** Reads one vendor's raw usage block. Undefined when it holds no figures: unknown is not zero. */
export type UsageReader = (rawUsage: unknown, response: JsonObject) => Usage | undefined;

/** The words of `Usage.suspicions`. */
export type Suspicion =
  | 'negative_clamped'
  | 'too_large_clamped'
  | 'fraction_rounded_up'
  | 'text_number'
  | 'unreadable_count'
  | 'parts_exceed_total'
  | 'total_differs'
  | 'cache_split_differs'
  | 'input_missing'
  | 'output_missing'
  | 'decreasing_snapshot'
  | 'other_model_iterations';

export type Suspicions = Set<Suspicion>;

/** The largest count that a usage field can hold. */
export const maxCount = 0xffff_ffff;

const numberText = /^\s*-?\d{1,30}(\.\d{1,30})?\s*$/;

/** A count as an unsigned 32-bit integer; undefined when it is absent or no number. */
export function readCount(value: unknown, suspicions: Suspicions): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && !Number.isNaN(value)) return clampCount(value, suspicions);
  if (typeof value === 'string' && numberText.test(value)) {
    suspicions.add('text_number');
    return clampCount(Number(value), suspicions);
  }
  suspicions.add('unreadable_count');
  return undefined;
}

function clampCount(value: number, suspicions: Suspicions): number {
  if (value < 0) suspicions.add('negative_clamped');
  else if (value > maxCount) suspicions.add('too_large_clamped');
  else if (!Number.isInteger(value)) suspicions.add('fraction_rounded_up');
  return Math.min(Math.max(Math.ceil(value), 0), maxCount);
}

/** Like readCount, with 0 for an absent one: for the optional parts of a known total only. */
export function readPart(value: unknown, suspicions: Suspicions): number {
  return readCount(value, suspicions) ?? 0;
}

/**
 * Splits a total into disjoint parts and the rest. Parts that do not fit are cut, the later ones first, so that no
 * token counts twice; name the dearest part first.
 */
export function carve(
  total: number,
  parts: readonly number[],
  suspicions: Suspicions,
): { rest: number; parts: number[] } {
  let rest = total;
  const taken = parts.map((part) => {
    const fits = Math.min(part, rest);
    if (fits < part) suspicions.add('parts_exceed_total');
    rest -= fits;
    return fits;
  });
  return { rest, parts: taken };
}

/** The sum of counts, kept within what a usage field can hold. */
export function addCounts(first: number, second: number, suspicions: Suspicions): number {
  return clampCount(first + second, suspicions);
}

/** Notes when a total the vendor sends is not the sum of what it counts. */
export function checkTotal(total: number | undefined, sum: number, suspicions: Suspicions): void {
  if (total !== undefined && total !== sum) suspicions.add('total_differs');
}

/** A usage as the provider reported it. */
export function reportedUsage(fields: Partial<Omit<Usage, 'source' | 'suspicions'>>, suspicions: Suspicions): Usage {
  return { ...Usage.create(), ...fields, source: UsageSource.REPORTED, suspicions: [...suspicions].sort() };
}

/** The later of two snapshots, marked when a count that can only grow has shrunk. */
export function laterSnapshot(earlier: Usage | undefined, later: Usage): Usage {
  if (!earlier || (inputOf(later) >= inputOf(earlier) && outputOf(later) >= outputOf(earlier))) return later;
  return { ...later, suspicions: [...new Set([...later.suspicions, 'decreasing_snapshot'])].sort() };
}

function inputOf(usage: Usage): number {
  const { inputTokens, cacheReadTokens, audioInputTokens, imageInputTokens } = usage;
  const { cacheWrite5mTokens, cacheWrite30mTokens, cacheWrite1hTokens, cacheWrite12hTokens } = usage;
  const written = cacheWrite5mTokens + cacheWrite30mTokens + cacheWrite1hTokens + cacheWrite12hTokens;
  return inputTokens + cacheReadTokens + audioInputTokens + imageInputTokens + written;
}

function outputOf(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
}
