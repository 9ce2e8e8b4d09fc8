// The dearest an answer can be: what is held before the call, so that no answer within the bounds costs more.
import type { PriceRow } from '@waybill/contracts';
import type { Ratio } from '@waybill/kernel';
import { type ClassPrices, entryOf, isOutputClass, type PriceClass, priceClasses, priceOf } from './price-classes.ts';
import { largerOf, one, productOf } from './ratio.ts';

export interface AnswerBounds {
  /** The whole prompt at most, caches included. */
  readonly inputTokensBound: number;
  /** The whole answer at most, reasoning included. */
  readonly outputTokensBound: number;
  /** Things billed by the piece at most, by name; default none. */
  readonly usesBound?: Readonly<Record<string, number>>;
  /** The tier that the answer is served under for certain, such as batch; without one it may be any. */
  readonly tier?: string;
}

/**
 * Pico-USD; for any usage within the bounds, `rate` by any of the rows comes to no more. Taken over every table the
 * answer may select (standard, long prompts, tiers), its dearest factors and, in it, the dearest class of tokens.
 * Pass the rows that hold between now and the latest end of the call.
 */
export function boundCost(rows: readonly [PriceRow, ...PriceRow[]], bounds: AnswerBounds): bigint {
  return rows.map((row) => (row.free ? 0n : boundOfRow(row, bounds))).reduce(largest);
}

function boundOfRow(row: PriceRow, bounds: AnswerBounds): bigint {
  const factor = dearestFactors(row);
  const tables = reachableTables(row, bounds);
  const tokens = tables
    .map((table) => boundOfTokens(table.prices, productOf([table.factor, factor]), bounds))
    .reduce(largest);
  return tokens + boundOfUses(row, bounds.usesBound ?? {});
}

/**
 * Unit prices are rounded up to whole pico-USD after the factor, so that a line rounded half to even stays within its
 * share of the bound.
 */
function boundOfTokens(prices: ClassPrices, factor: Ratio, bounds: AnswerBounds): bigint {
  const dearest = (classes: readonly PriceClass[]) =>
    classes.map((each) => timesRoundedUp(priceOf(prices, each) ?? 0n, factor)).reduce(largest);
  const input = dearest(priceClasses.filter((each) => !isOutputClass(each)));
  const output = dearest(priceClasses.filter(isOutputClass));
  return BigInt(bounds.inputTokensBound) * input + BigInt(bounds.outputTokensBound) * output;
}

function boundOfUses(row: PriceRow, usesBound: Readonly<Record<string, number>>): bigint {
  return Object.entries(usesBound).reduce(
    (sum, [name, count]) => sum + BigInt(count) * (entryOf(row.perUse, name) ?? 0n),
    0n,
  );
}

interface ReachableTable {
  readonly prices: ClassPrices;
  readonly factor: Ratio;
}

function reachableTables(row: PriceRow, { inputTokensBound, tier: certain }: AnswerBounds): ReachableTable[] {
  const above = row.above.filter((table) => inputTokensBound > table.tokens);
  const byLength = [row.prices, ...above.map((table) => table.prices)];
  const known = certain === undefined ? undefined : entryOf(row.tiers, certain);
  if (known !== undefined) {
    const { factor, prices } = known;
    return factor ? byLength.map((table) => ({ prices: table, factor })) : [{ prices, factor: one }];
  }
  const tiers = Object.values(row.tiers);
  const ownPrices = tiers
    .filter((tier) => tier.factor === undefined)
    .map((tier) => ({ prices: tier.prices, factor: one }));
  const tierFactor = tiers.reduce((most, tier) => largerOf(most, tier.factor ?? one), one);
  return [...byLength.map((prices) => ({ prices, factor: tierFactor })), ...ownPrices];
}

/** The dearest value of each field that has factors, multiplied; a field may also have none. */
function dearestFactors(row: PriceRow): Ratio {
  const byField = new Map<string, Ratio>();
  for (const [name, factor] of Object.entries(row.factors)) {
    const field = name.slice(0, name.indexOf('.'));
    byField.set(field, largerOf(byField.get(field) ?? one, factor));
  }
  return productOf([...byField.values()]);
}

function timesRoundedUp(price: bigint, factor: Ratio): bigint {
  return (price * factor.numerator + factor.denominator - 1n) / factor.denominator;
}

function largest(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
