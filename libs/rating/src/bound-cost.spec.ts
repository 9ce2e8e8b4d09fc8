import { describe, expect, test } from '@jest/globals';
import type { PriceRow } from '@waybill/contracts';
import { boundCost, freeRow, parsePriceRow } from './index.ts';

function rowOf(prices: Readonly<Record<string, unknown>>): PriceRow {
  const parsed = parsePriceRow(prices);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value;
}

const bounds = { inputTokensBound: 100, outputTokensBound: 10 };
const plain = { input: '1', cached_input: '0.1', output: '2' };

describe('the dearest an answer can be', () => {
  test('is exact where there is nothing to choose from', () => {
    expect(boundCost([rowOf(plain)], bounds)).toBe(120_000_000n);
  });

  test.each([
    ['a cache write that is dearer than fresh input', { cache_write_5m: '1.25' }, 145_000_000n],
    ['reasoning with its own price', { reasoning: '3' }, 130_000_000n],
    [
      'the table of long prompts, if the prompt may be long',
      { above: [{ tokens: '99', input: '2', output: '3' }] },
      230_000_000n,
    ],
    ['but not if it cannot', { above: [{ tokens: '100', input: '2', output: '3' }] }, 120_000_000n],
    ['a tier with prices of its own', { tiers: { priority: { input: '2', output: '4' } } }, 240_000_000n],
    ['a tier that is a factor', { tiers: { batch: { factor: '0.5' }, fast: { factor: '2' } } }, 240_000_000n],
    [
      'one factor of each field',
      { factors: { 'speed.fast': '2', 'inference_geo.us': '1.1', 'inference_geo.eu': '1' } },
      264_000_000n,
    ],
  ])('counts %s', (_what, more, expected) => {
    expect(boundCost([rowOf({ ...plain, ...more })], bounds)).toBe(expected);
  });

  test('is that of the tier alone, where it is certain', () => {
    const tiers = { batch: { factor: '0.5' }, fast: { factor: '2' } };
    const above = [{ tokens: '99', input: '2', output: '3' }];
    const bound = (more: object) => boundCost([rowOf({ ...plain, ...more })], { ...bounds, tier: 'batch' });
    expect(bound({ tiers })).toBe(60_000_000n);
    expect(bound({ tiers, above })).toBe(115_000_000n);
    expect(bound({ tiers: { ...tiers, batch: { input: '0.4', output: '1' } }, above })).toBe(50_000_000n);
    expect(bound({ tiers: { fast: { factor: '2' } } })).toBe(240_000_000n);
  });

  test('leaves room for the rounding of the lines', () => {
    const row = rowOf({ input: '0.000001', output: '0.000001', factors: { 'speed.fast': '1.1' } });
    expect(boundCost([row], { inputTokensBound: 10, outputTokensBound: 0 })).toBeGreaterThanOrEqual(11n);
  });

  test('is that of the dearest row', () => {
    expect(boundCost([rowOf(plain), rowOf({ input: '3', output: '3' }), freeRow], bounds)).toBe(330_000_000n);
  });

  test('is zero only for what is free', () => {
    expect(boundCost([freeRow], bounds)).toBe(0n);
  });

  test('has the uses that were promised', () => {
    const row = rowOf({ ...plain, per_use: { web_search: '0.01' } });
    expect(boundCost([row], { ...bounds, usesBound: { web_search: 2, unpriced: 5 } })).toBe(20_120_000_000n);
  });
});
