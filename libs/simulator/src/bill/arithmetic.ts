// One charge: disjoint token classes times their prices.
import type { Factor, ModelPrice, PriceTable } from './prices.ts';

/** Tokens by class; no token is in two of them. */
export interface ChargedTokens {
  readonly freshInput: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly cacheWrite30m?: number;
  readonly audioInput?: number;
  readonly output: number;
  readonly audioOutput?: number;
}

export interface ChargeTerms {
  /** Tokens of the whole prompt, caches included: what a long-context table is chosen by. */
  readonly promptTokens: number;
  readonly tier?: string;
  /** Names of factors in the model's price, such as `speed.fast`. */
  readonly factors?: readonly string[];
}

export function chargePicoUsd(tokens: ChargedTokens, price: ModelPrice, terms: ChargeTerms): bigint {
  const table = tableFor(price, terms);
  const factors = (terms.factors ?? []).flatMap((name) => price.factors?.[name] ?? []);
  const lines: [number | undefined, bigint][] = [
    [tokens.freshInput, table.input],
    [tokens.cacheRead, table.cachedInput ?? table.input],
    [tokens.cacheWrite5m, table.cacheWrite5m ?? table.input],
    [tokens.cacheWrite1h, table.cacheWrite1h ?? table.input],
    [tokens.cacheWrite30m, table.cacheWrite30m ?? table.input],
    [tokens.audioInput, table.audioInput ?? table.input],
    [tokens.output, table.output],
    [tokens.audioOutput, table.audioOutput ?? table.output],
  ];
  let sum = 0n;
  for (const [count, perToken] of lines) {
    if (count !== undefined && count > 0) sum += factored(BigInt(count) * perToken, factors);
  }
  return sum;
}

function tableFor(price: ModelPrice, terms: ChargeTerms): PriceTable {
  const tier = terms.tier === undefined ? undefined : price.tiers?.[terms.tier];
  if (tier !== undefined) return tier;
  return price.above !== undefined && terms.promptTokens > price.above.tokens ? price.above.table : price;
}

/** One rounding to a whole pico-dollar, half to even. */
function factored(amount: bigint, factors: readonly Factor[]): bigint {
  if (factors.length === 0) return amount;
  const over = factors.reduce((product, factor) => product * factor.over, 1n);
  const times = factors.reduce((product, factor) => product * factor.times, amount);
  const quotient = times / over;
  const twice = (times % over) * 2n;
  const roundsUp = twice > over || (twice === over && quotient % 2n === 1n);
  return roundsUp ? quotient + 1n : quotient;
}
