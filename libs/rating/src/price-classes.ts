// The classes of tokens that have a price, and where usage counts them. Disjoint: each token is in one of them.
import type { Usage } from '@waybill/contracts';

export const priceClasses = [
  'input',
  'cached_input',
  'cache_write_5m',
  'cache_write_30m',
  'cache_write_1h',
  'cache_write_12h',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
] as const;

export type PriceClass = (typeof priceClasses)[number];

/** Prices by class, pico-USD per token. A class that is not there has no price, which is not a price of zero. */
export type ClassPrices = Readonly<Record<string, bigint>>;

const outputClasses: ReadonlySet<PriceClass> = new Set(['output', 'reasoning', 'audio_output', 'image_output']);

export function isOutputClass(priceClass: PriceClass): boolean {
  return outputClasses.has(priceClass);
}

/** The price of a class; reasoning costs what output costs unless it has a price of its own. */
export function priceOf(prices: ClassPrices, priceClass: PriceClass): bigint | undefined {
  const own = entryOf(prices, priceClass);
  return own === undefined && priceClass === 'reasoning' ? entryOf(prices, 'output') : own;
}

/** What stands under a name that came from outside, were it `constructor`. */
export function entryOf<Value>(entries: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** The tokens of a class. */
export function tokensOf(usage: Usage, priceClass: PriceClass): number {
  return usage[countedIn[priceClass]];
}

/** Tokens of the whole prompt, caches included: what a long-context table is chosen by. */
export function promptTokensOf(usage: Usage): number {
  return priceClasses.reduce((sum, each) => (isOutputClass(each) ? sum : sum + tokensOf(usage, each)), 0);
}

const countedIn = {
  input: 'inputTokens',
  cached_input: 'cacheReadTokens',
  cache_write_5m: 'cacheWrite5mTokens',
  cache_write_30m: 'cacheWrite30mTokens',
  cache_write_1h: 'cacheWrite1hTokens',
  cache_write_12h: 'cacheWrite12hTokens',
  audio_input: 'audioInputTokens',
  image_input: 'imageInputTokens',
  output: 'outputTokens',
  reasoning: 'reasoningTokens',
  audio_output: 'audioOutputTokens',
  image_output: 'imageOutputTokens',
} as const satisfies Record<PriceClass, keyof Usage>;
