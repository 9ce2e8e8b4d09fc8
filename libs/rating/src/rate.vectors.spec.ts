// Usage and list prices whose amounts are known, as of November 2026; USD per million tokens.
import { describe, expect, test } from '@jest/globals';
import { type PriceCard, Usage, UsageSource } from '@waybill/contracts';
import { formatUsd } from '@waybill/kernel';
import { freeRow, parsePriceRow, rate } from './index.ts';

type Prices = Readonly<Record<string, unknown>>;

const gpt54 = {
  input: '2.5',
  cached_input: '0.25',
  output: '15',
  tiers: { priority: { input: '5', cached_input: '0.5', output: '30' } },
};
const astra = { input: '10', cached_input: '1', output: '50', tiers: { batch: { input: '5', output: '25' } } };
const astraByFactor = { input: '10', output: '50', tiers: { batch: { factor: '0.5' } } };
const opus55 = { input: '4', cached_input: '0.20', cache_write_5m: '5', cache_write_1h: '8', output: '20' };
const opus5 = {
  input: '5',
  cached_input: '0.5',
  output: '25',
  factors: { 'speed.fast': '2', 'inference_geo.us': '1.1' },
};
const haiku55 = {
  ...{ input: '0.10', cached_input: '0.01', cache_write_5m: '0.125', cache_write_1h: '0.20', output: '0.50' },
  above: [{ tokens: '100000', input: '0.50', cached_input: '0.05', cache_write_5m: '0.625', output: '2.50' }],
};
const gemini25pro = {
  ...{ input: '1.25', cached_input: '0.125', output: '10' },
  above: [{ tokens: '200000', input: '2.5', cached_input: '0.25', output: '15' }],
};
const gemini25flash = { input: '0.3', cached_input: '0.03', output: '2.5', audio_input: '1' };
const gpt61sol = {
  ...{ input: '2', cached_input: '0.10', cache_write_30m: '2.5', output: '10' },
  above: [{ tokens: '272000', input: '4', cached_input: '0.20', output: '15' }],
  tiers: { flex: { factor: '0.5' } },
};

const vectors: [name: string, prices: Prices, usage: Partial<Usage>, usd: string, table?: string][] = [
  ['V01 gpt-4o-mini', { input: '0.15', output: '0.60' }, { inputTokens: 1234, outputTokens: 567 }, '0.0005253'],
  [
    'V02 gpt-4o, cached tokens inside the prompt',
    { input: '2.5', cached_input: '1.25', output: '10' },
    { inputTokens: 86, cacheReadTokens: 1920, outputTokens: 300 },
    '0.005615',
  ],
  [
    'V03 o4-mini, reasoning inside the completion',
    { input: '1.1', output: '4.4' },
    { inputTokens: 75, outputTokens: 162, reasoningTokens: 1024 },
    '0.0053009',
  ],
  [
    'V04 gpt-6-sol, reads and writes of the cache',
    { input: '2', cached_input: '0.20', cache_write_30m: '2.5', output: '10' },
    { inputTokens: 528, cacheReadTokens: 6144, cacheWrite30mTokens: 3328, outputTokens: 800 },
    '0.0186048',
  ],
  ['V07 gpt-6-astra batch', astra, { inputTokens: 50000, outputTokens: 4000, batch: true }, '0.35', 'tier_batch'],
  ['V07 by factor', astraByFactor, { inputTokens: 50000, outputTokens: 4000, batch: true }, '0.35', 'tier_batch'],
  [
    'V08 gpt-5.4 served as priority',
    gpt54,
    { inputTokens: 3904, cacheReadTokens: 4096, outputTokens: 600, serviceTier: 'priority' },
    '0.039568',
    'tier_priority',
  ],
  [
    'V10 gpt-audio',
    { input: '2.5', output: '10', audio_input: '32', audio_output: '64' },
    { inputTokens: 80, audioInputTokens: 420, outputTokens: 30, audioOutputTokens: 300 },
    '0.03314',
  ],
  ['V12 text-embedding-3-large', { input: '0.13' }, { inputTokens: 8191 }, '0.00106483'],
  ['V13 gpt-3.5-turbo-instruct', { input: '1.5', output: '2' }, { inputTokens: 16, outputTokens: 7 }, '0.000038'],
  [
    'V14 claude-opus-5-5, an hour in the cache',
    opus55,
    { inputTokens: 2000, cacheReadTokens: 140000, cacheWrite1hTokens: 8000, outputTokens: 1500 },
    '0.13',
  ],
  [
    'V16 claude-sonnet-4-6, writes for five minutes',
    { input: '3', cached_input: '0.3', cache_write_5m: '3.75', output: '15' },
    { inputTokens: 10, cacheWrite5mTokens: 5000, outputTokens: 20 },
    '0.01908',
  ],
  [
    'V17 claude-opus-5-5, thinking inside the output',
    opus55,
    { inputTokens: 1200, outputTokens: 410, reasoningTokens: 3800 },
    '0.089',
  ],
  [
    'V18 claude-haiku-5-5, exactly at the threshold',
    haiku55,
    { inputTokens: 1000, cacheReadTokens: 90000, cacheWrite5mTokens: 9000, outputTokens: 500 },
    '0.002375',
  ],
  [
    'claude-haiku-5-5, one token above it',
    haiku55,
    { inputTokens: 1001, cacheReadTokens: 90000, cacheWrite5mTokens: 9000, outputTokens: 500 },
    '0.0118755',
    'above_100000',
  ],
  [
    'V20 claude-fable-5-2',
    { input: '8', cached_input: '0.20', output: '40' },
    { inputTokens: 500, cacheReadTokens: 300000, outputTokens: 2000 },
    '0.144',
  ],
  [
    'V24 claude-opus-5 in fast mode',
    opus5,
    { inputTokens: 1000, cacheReadTokens: 20000, outputTokens: 3000, speed: 'fast' },
    '0.18',
  ],
  [
    'factors stack',
    opus5,
    { inputTokens: 1000, cacheReadTokens: 20000, outputTokens: 3000, speed: 'fast', inferenceGeo: 'us' },
    '0.198',
  ],
  [
    'V26 gemini-2.5-flash with thoughts',
    gemini25flash,
    { inputTokens: 1000, outputTokens: 200, reasoningTokens: 800 },
    '0.0028',
  ],
  [
    'V27 gemini-2.5-pro, exactly at the threshold',
    gemini25pro,
    { inputTokens: 50000, cacheReadTokens: 150000, outputTokens: 1000, reasoningTokens: 500 },
    '0.09625',
  ],
  [
    'gemini-2.5-pro, one token above it',
    gemini25pro,
    { inputTokens: 50001, cacheReadTokens: 150000, outputTokens: 1000, reasoningTokens: 500 },
    '0.1850025',
    'above_200000',
  ],
  [
    'V29 gemini-2.5-flash with audio',
    gemini25flash,
    { inputTokens: 500, audioInputTokens: 1500, outputTokens: 100 },
    '0.0019',
  ],
  [
    'V31 gemini-3.8-flash until the end of 2026',
    { input: '0.75', output: '3.75' },
    { inputTokens: 100000, outputTokens: 10000 },
    '0.1125',
  ],
  [
    'V31 gemini-3.8-flash from 2027 on',
    { input: '1.5', output: '7.5' },
    { inputTokens: 100000, outputTokens: 10000 },
    '0.225',
  ],
  ['V32 gemini-2.5-flash, cut while thinking', gemini25flash, { inputTokens: 40, reasoningTokens: 1020 }, '0.002562'],
  [
    'V34 command-r, billed units',
    { input: '0.15', output: '0.6' },
    { inputTokens: 1000, outputTokens: 200 },
    '0.00027',
  ],
  [
    'gpt-6.1-sol, flex on a long prompt',
    gpt61sol,
    { inputTokens: 72000, cacheReadTokens: 200001, outputTokens: 1000, serviceTier: 'flex' },
    '0.1715001',
    'above_272000_tier_flex',
  ],
  [
    'uses are priced each, whatever the factors',
    { ...opus5, per_use: { web_search: '0.01' } },
    { inputTokens: 1000, speed: 'fast', uses: { web_search: 3 } },
    '0.04',
  ],
];

function cardOf(prices: Prices): PriceCard {
  const parsed = parsePriceRow(prices);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return { priceVersion: 'v', row: parsed.value };
}

describe('amounts that are known', () => {
  test.each(vectors)('%s', (_name, prices, usage, usd, table = 'standard') => {
    const rated = rate(Usage.fromPartial({ ...usage, source: UsageSource.REPORTED }), cardOf(prices));
    if (!rated.ok) throw new Error(rated.fault.message);
    expect(formatUsd(rated.value!.amountPicoUsd)).toBe(usd);
    expect(rated.value!.table).toBe(table);
  });

  test('V35 a cut stream without usage has no amount, whatever the prices', () => {
    const usage = Usage.fromPartial({ source: UsageSource.UNKNOWN });
    expect(rate(usage, cardOf({ input: '1', output: '2' }))).toEqual({ ok: true, value: null });
    expect(rate(usage, { priceVersion: 'v', row: freeRow })).toEqual({ ok: true, value: null });
  });

  test('V35 what is free is a known zero, with its quantities', () => {
    const usage = Usage.fromPartial({ inputTokens: 26, outputTokens: 298, source: UsageSource.REPORTED });
    const rated = rate(usage, { priceVersion: 'v', row: freeRow });
    expect(rated.ok && rated.value).toMatchObject({
      amountPicoUsd: 0n,
      table: 'free',
      lines: [{ quantity: 26n }, { quantity: 298n }],
    });
  });
});
