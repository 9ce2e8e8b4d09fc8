// What the simulated providers charge, as whole pico-USD per token. List prices as of November 2026.

/** Pico-USD per token. A class without a price of its own costs what fresh input, or plain output, costs. */
export interface PriceTable {
  readonly input: bigint;
  readonly cachedInput?: bigint;
  readonly cacheWrite5m?: bigint;
  readonly cacheWrite1h?: bigint;
  readonly cacheWrite30m?: bigint;
  readonly output: bigint;
  readonly audioInput?: bigint;
  readonly audioOutput?: bigint;
}

export interface Factor {
  readonly times: bigint;
  readonly over: bigint;
}

export interface ModelPrice extends PriceTable {
  /** A prompt of more tokens than this moves the whole request to another table. */
  readonly above?: { readonly tokens: number; readonly table: PriceTable };
  /** By the service tier that the answer names. */
  readonly tiers?: Readonly<Record<string, PriceTable>>;
  /** By the speed or the region of the request, such as `speed.fast`. */
  readonly factors?: Readonly<Record<string, Factor>>;
}

/** Prices as people write them: USD per million tokens, decimals as text (or as a number that prints exactly). */
export interface PriceRow {
  readonly input: string | number;
  readonly cachedInput?: string | number;
  readonly cacheWrite5m?: string | number;
  readonly cacheWrite1h?: string | number;
  readonly cacheWrite30m?: string | number;
  readonly output: string | number;
  readonly audioInput?: string | number;
  readonly audioOutput?: string | number;
  readonly above?: PriceRow & { readonly tokens: number };
  readonly tiers?: Readonly<Record<string, PriceRow>>;
  readonly factors?: Readonly<Record<string, Factor>>;
}

/** USD per million tokens -> pico-USD per token, exactly. Throws on what is not a decimal of at most six places. */
export function picoUsdPerToken(usdPerMillion: string | number): bigint {
  const match = /^(\d+)(?:\.(\d{1,6}))?$/.exec(String(usdPerMillion));
  if (match === null) throw new TypeError(`not a price in USD per million tokens: ${usdPerMillion}`);
  return BigInt((match[1] as string) + (match[2] ?? '').padEnd(6, '0'));
}

export function modelPrice(row: PriceRow): ModelPrice {
  return {
    ...priceTable(row),
    above: row.above && { tokens: row.above.tokens, table: priceTable(row.above) },
    tiers: row.tiers && mapValues(row.tiers, priceTable),
    factors: row.factors && mapValues(row.factors, ({ times, over }) => ({ times: BigInt(times), over: BigInt(over) })),
  };
}

function priceTable(row: PriceRow): PriceTable {
  const optional = (price: string | number | undefined) => (price === undefined ? undefined : picoUsdPerToken(price));
  return {
    input: picoUsdPerToken(row.input),
    cachedInput: optional(row.cachedInput),
    cacheWrite5m: optional(row.cacheWrite5m),
    cacheWrite1h: optional(row.cacheWrite1h),
    cacheWrite30m: optional(row.cacheWrite30m),
    output: picoUsdPerToken(row.output),
    audioInput: optional(row.audioInput),
    audioOutput: optional(row.audioOutput),
  };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
