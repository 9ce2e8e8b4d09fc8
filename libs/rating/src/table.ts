// The one table that prices a whole request.
import type { PriceRow, Usage } from '@waybill/contracts';
import { type Fault, fault, type Ratio, type Result } from '@waybill/kernel';
import { factorsOf } from './factors.ts';
import { type ClassPrices, promptTokensOf } from './price-classes.ts';
import { productOf } from './ratio.ts';
import { servedTier } from './service-tiers.ts';

export interface SelectedTable {
  /** Such as standard, above_272000, tier_priority, or above_272000_tier_batch where a tier is a factor. */
  readonly name: string;
  readonly prices: ClassPrices;
  /** All factors in one; it applies to tokens, not to what is priced by the piece. */
  readonly factor: Ratio;
}

/**
 * A tier with prices of its own has them for prompts of any length; a tier that is a factor scales the table that the
 * length of the prompt selects.
 */
export function selectTable(row: PriceRow, usage: Usage): Result<SelectedTable> {
  const { name: tierName, tier } = servedTier(row, usage);
  if (tierName !== 'standard' && tier === undefined) return refused(missingPart(`tiers.${tierName}`));
  const selected = factorsOf(row, usage);
  if ('missing' in selected) return refused(missingPart(`factors.${selected.missing}`));
  if (tier !== undefined && tier.factor === undefined) {
    return { ok: true, value: { name: `tier_${tierName}`, prices: tier.prices, factor: productOf(selected.factors) } };
  }
  const byLength = tableByLength(row, promptTokensOf(usage));
  if (tier?.factor === undefined) return { ok: true, value: { ...byLength, factor: productOf(selected.factors) } };
  const name = byLength.name === 'standard' ? `tier_${tierName}` : `${byLength.name}_tier_${tierName}`;
  return { ok: true, value: { ...byLength, name, factor: productOf([tier.factor, ...selected.factors]) } };
}

/** The table of the highest threshold that the prompt has more tokens than. */
function tableByLength(row: PriceRow, promptTokens: number): { name: string; prices: ClassPrices } {
  const passed = row.above.filter((table) => promptTokens > table.tokens);
  const highest = passed.toSorted((left, right) => right.tokens - left.tokens)[0];
  if (highest === undefined) return { name: 'standard', prices: row.prices };
  return { name: `above_${highest.tokens}`, prices: highest.prices };
}

function missingPart(part: string): Fault {
  return fault('invalid', `the price row has no ${part}, which the answer was served under; add it`, {
    details: { missing: part },
  });
}

function refused(because: Fault): Result<never> {
  return { ok: false, fault: because };
}
