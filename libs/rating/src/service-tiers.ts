// Which of a row's tiers an answer is priced by.
import type { PriceRow, PriceTier } from '@waybill/contracts';
import { entryOf } from './price-classes.ts';

/** Words of providers for the tier whose prices are those of the row itself. */
const standardTiers: ReadonlySet<string> = new Set(['', 'standard', 'default', 'auto', 'on_demand', 'unspecified']);

/** Two names of one tier: OpenAI bills `fast` as `priority`. */
const otherName: Readonly<Record<string, string>> = { fast: 'priority', priority: 'fast' };

export interface ServedTier {
  /** `standard`, or the name in the row, or the answer's where the row does not have it. */
  readonly name: string;
  /** Undefined for standard, and for a tier that the row does not price. */
  readonly tier: PriceTier | undefined;
}

/** The tier an answer names, a batch being a tier of its own; not the one that was asked for. */
export function servedTier(
  row: PriceRow,
  answer: { readonly serviceTier: string; readonly batch: boolean },
): ServedTier {
  const named = answer.batch ? 'batch' : answer.serviceTier.toLowerCase();
  if (standardTiers.has(named)) return { name: 'standard', tier: undefined };
  const names = [named, entryOf(otherName, named) ?? named];
  const name = names.find((each) => Object.hasOwn(row.tiers, each)) ?? named;
  return { name, tier: entryOf(row.tiers, name) };
}
