import { describe, expect, test } from '@jest/globals';
import { type PriceCard, PriceRow, Usage, UsageSource } from '@waybill/contracts';
import { parsePriceRow, RATER_VERSION, rate } from './index.ts';

function cardOf(prices: Readonly<Record<string, unknown>>): PriceCard {
  const parsed = parsePriceRow(prices);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return { priceVersion: 'book-1', row: parsed.value };
}

function reported(usage: Partial<Usage>): Usage {
  return Usage.fromPartial({ ...usage, source: UsageSource.REPORTED });
}

function faultOf(usage: Partial<Usage>, prices: Readonly<Record<string, unknown>>) {
  const rated = rate(reported(usage), cardOf(prices), 'm1');
  if (rated.ok) throw new Error('it was rated');
  return rated.fault;
}

const plain = { input: '1', output: '2' };

describe('a rating', () => {
  test('has a line for each class in use, and names table, price and rater version', () => {
    const rated = rate(reported({ inputTokens: 3, reasoningTokens: 5 }), cardOf(plain));
    expect(rated).toEqual({
      ok: true,
      value: {
        lines: [
          { class: 'input', quantity: 3n, unitPricePicoUsd: 1_000_000n, factor: undefined, amountPicoUsd: 3_000_000n },
          {
            class: 'reasoning',
            quantity: 5n,
            unitPricePicoUsd: 2_000_000n,
            factor: undefined,
            amountPicoUsd: 10_000_000n,
          },
        ],
        amountPicoUsd: 13_000_000n,
        table: 'standard',
        priceVersion: 'book-1',
        raterVersion: RATER_VERSION,
      },
    });
  });

  test('of usage that says zero is an amount of zero', () => {
    const rated = rate(reported({}), cardOf(plain));
    expect(rated.ok && rated.value).toMatchObject({ amountPicoUsd: 0n, lines: [] });
  });

  test('of an estimate is an amount like any other', () => {
    const estimate = Usage.fromPartial({ inputTokens: 3, source: UsageSource.ESTIMATED });
    const rated = rate(estimate, cardOf(plain));
    expect(rated.ok && rated.value?.amountPicoUsd).toBe(3_000_000n);
  });

  test('of usage that does not say where it comes from is none', () => {
    expect(rate(Usage.fromPartial({ inputTokens: 5 }), cardOf(plain))).toEqual({ ok: true, value: null });
  });

  test('prices reasoning apart where it has a price', () => {
    const rated = rate(reported({ outputTokens: 1, reasoningTokens: 1 }), cardOf({ ...plain, reasoning: '3' }));
    expect(rated.ok && rated.value?.amountPicoUsd).toBe(5_000_000n);
  });

  test.each([
    [3, 2n],
    [5, 2n],
    [7, 4n],
  ])('rounds half of %d pico-USD to the even %d', (inputTokens, expected) => {
    const card = cardOf({ input: '0.000001', tiers: { batch: { factor: '0.5' } } });
    const rated = rate(reported({ inputTokens, batch: true }), card);
    expect(rated.ok && rated.value?.amountPicoUsd).toBe(expected);
  });

  test('multiplies all factors before the one rounding', () => {
    const factors = { 'speed.fast': '0.5', 'inference_geo.us': '0.5' };
    const card = cardOf({ input: '0.000001', factors });
    const rated = rate(reported({ inputTokens: 6, speed: 'fast', inferenceGeo: 'us' }), card);
    expect(rated.ok && rated.value?.lines[0]).toMatchObject({
      amountPicoUsd: 2n,
      factor: { numerator: 1n, denominator: 4n },
    });
  });
});

describe('the tier', () => {
  const tiered = { ...plain, tiers: { priority: { factor: '2' }, batch: { factor: '0.5' } } };

  test.each(['', 'standard', 'default', 'auto', 'DEFAULT', 'on_demand'])('%p is standard', (serviceTier) => {
    const rated = rate(reported({ inputTokens: 1, serviceTier }), cardOf(tiered));
    expect(rated.ok && rated.value?.table).toBe('standard');
  });

  test('fast is priority where the row has only that', () => {
    const rated = rate(reported({ inputTokens: 1, serviceTier: 'fast' }), cardOf(tiered));
    expect(rated.ok && rated.value).toMatchObject({ table: 'tier_priority', amountPicoUsd: 2_000_000n });
  });

  test('batch goes before the tier the answer names', () => {
    const rated = rate(reported({ inputTokens: 1, serviceTier: 'standard', batch: true }), cardOf(tiered));
    expect(rated.ok && rated.value).toMatchObject({ table: 'tier_batch', amountPicoUsd: 500_000n });
  });

  test.each(['priority', 'flex', 'batch', 'fast', 'scale', 'constructor', '__proto__'])(
    '%s that the row does not have is a fault, not the standard price',
    (serviceTier) => {
      expect(faultOf({ inputTokens: 1, serviceTier }, plain).details.missing).toBe(`tiers.${serviceTier}`);
    },
  );

  test('its own prices hold for a prompt of any length', () => {
    const above = [{ tokens: '10', input: '5', output: '5' }];
    const card = cardOf({ ...plain, above, tiers: { priority: { input: '2', output: '4' } } });
    const rated = rate(reported({ inputTokens: 100, serviceTier: 'priority' }), card);
    expect(rated.ok && rated.value).toMatchObject({ table: 'tier_priority', amountPicoUsd: 200_000_000n });
  });
});

describe('what has no price is a fault that names it', () => {
  test.each([
    [{ cacheReadTokens: 1 }, 'cached_input'],
    [{ cacheWrite5mTokens: 1 }, 'cache_write_5m'],
    [{ cacheWrite12hTokens: 1 }, 'cache_write_12h'],
    [{ audioInputTokens: 1 }, 'audio_input'],
    [{ imageOutputTokens: 1 }, 'image_output'],
    [{ uses: { web_search: 1 } }, 'use.web_search'],
    [{ uses: { constructor: 1 } }, 'use.constructor'],
    [{ inputTokens: 1, speed: 'fast' }, 'factors.speed.fast'],
    [{ inputTokens: 1, inferenceGeo: 'eu' }, 'factors.inference_geo.eu'],
  ])('%j', (usage, missing) => {
    const fault = faultOf(usage, plain);
    expect(fault.kind).toBe('invalid');
    expect(fault.details).toEqual({ missing, model: 'm1' });
    expect(fault.message).toContain('m1');
    expect(fault.message).toContain(missing);
  });

  test('in the table that applies, even if the standard one has it', () => {
    const prices = { ...plain, cached_input: '0.1', above: [{ tokens: '10', input: '2', output: '4' }] };
    expect(faultOf({ inputTokens: 20, cacheReadTokens: 1 }, prices).details.missing).toBe('cached_input');
  });

  test('a card without a row', () => {
    expect(rate(reported({ inputTokens: 1 }), { priceVersion: '', row: undefined }).ok).toBe(false);
  });

  test.each(['global', 'not_available', ''])(
    'a place of inference that is nothing special has no factor: %p',
    (inferenceGeo) => {
      expect(rate(reported({ inputTokens: 1, inferenceGeo, speed: 'standard' }), cardOf(plain)).ok).toBe(true);
    },
  );
});

describe('amounts no line can hold', () => {
  const huge = PriceRow.fromPartial({ prices: { input: 2n ** 62n } });

  test('are refused', () => {
    const rated = rate(reported({ inputTokens: 3 }), { priceVersion: '', row: huge });
    expect(rated.ok).toBe(false);
  });

  test('also as a sum', () => {
    const row = { ...huge, prices: { input: 2n ** 62n, output: 2n ** 62n } };
    expect(rate(reported({ inputTokens: 1, outputTokens: 1 }), { priceVersion: '', row }).ok).toBe(false);
  });

  test.each([-1, 0.5, Number.NaN])('and so are counts that are none: %d', (inputTokens) => {
    expect(rate(reported({ inputTokens }), cardOf(plain)).ok).toBe(false);
  });
});
