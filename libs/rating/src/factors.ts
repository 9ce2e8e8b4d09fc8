// Factors that the answer selects by where and how fast it was made.
import type { PriceRow, Usage } from '@waybill/contracts';
import type { Ratio } from '@waybill/kernel';
import { entryOf } from './price-classes.ts';

const neutralValues: ReadonlySet<string> = new Set([
  '',
  'global',
  'standard',
  'default',
  'not_available',
  'unspecified',
]);

/** The factors a usage selects, or the name of one that the row does not have. */
export function factorsOf(row: PriceRow, usage: Usage): { readonly factors: Ratio[] } | { readonly missing: string } {
  const factors: Ratio[] = [];
  for (const [field, value] of [
    ['inference_geo', usage.inferenceGeo],
    ['speed', usage.speed],
  ] as const) {
    const name = `${field}.${value.toLowerCase()}`;
    const factor = entryOf(row.factors, name);
    if (factor !== undefined) factors.push(factor);
    else if (!neutralValues.has(value.toLowerCase())) return { missing: name };
  }
  return { factors };
}
