// What holds for any prices and any usage.
import { describe, expect, test } from '@jest/globals';
import { PriceRow, type Rating, Usage, UsageSource } from '@waybill/contracts';
import { addPico } from '@waybill/kernel';
import fc from 'fast-check';
import { boundCost, priceClasses, rate } from './index.ts';

const price = fc.bigInt({ min: 0n, max: 1_000_000_000n });
const factor = fc.record({
  numerator: fc.bigInt({ min: 1n, max: 100_000n }),
  denominator: fc.bigInt({ min: 1n, max: 10_000n }),
});
const allPrices = fc.record(Object.fromEntries(priceClasses.map((each) => [each, price])));
const somePrices = fc
  .record({ input: price, rest: fc.dictionary(fc.constantFrom(...priceClasses), price) })
  .map(({ input, rest }): Record<string, bigint> => ({ ...rest, input }));
const tier = fc.oneof(
  factor.map((each) => ({ prices: {}, factor: each })),
  somePrices.map((prices) => ({ prices, factor: undefined })),
);

function rowWith(prices: fc.Arbitrary<Record<string, bigint>>): fc.Arbitrary<PriceRow> {
  return fc
    .record({
      prices,
      above: fc.array(fc.record({ tokens: fc.integer({ min: 1, max: 5000 }), prices }), { maxLength: 2 }),
      tiers: fc.dictionary(fc.constantFrom('batch', 'flex', 'priority'), tier),
      factors: fc.dictionary(fc.constantFrom('inference_geo.us', 'inference_geo.eu', 'speed.fast'), factor),
      perUse: fc.dictionary(fc.constantFrom('web_search', 'code'), price),
    })
    .map((row) => PriceRow.fromPartial(row));
}

const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }));
const usage = fc
  .record({
    inputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    audioInputTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    audioOutputTokens: count,
    uses: fc.dictionary(fc.constantFrom('web_search', 'code'), fc.integer({ min: 0, max: 9 })),
    serviceTier: fc.constantFrom('', 'default', 'flex', 'priority'),
    speed: fc.constantFrom('', 'fast'),
    inferenceGeo: fc.constantFrom('', 'us', 'eu'),
    batch: fc.boolean(),
  })
  .map((each) => Usage.fromPartial({ ...each, source: UsageSource.REPORTED }));

function ratingOf(used: Usage, row: PriceRow): Rating | undefined {
  const rated = rate(used, { priceVersion: 'v', row });
  return rated.ok && rated.value !== null ? rated.value : undefined;
}

describe('for any prices and usage', () => {
  test('the amount is the sum of the lines, and each line is its own arithmetic to half a pico', () => {
    fc.assert(
      fc.property(usage, rowWith(allPrices), (used, row) => {
        const rating = ratingOf(used, row);
        if (rating === undefined) return;
        expect(rating.amountPicoUsd).toBe(addPico(rating.lines.map((line) => line.amountPicoUsd)));
        for (const { quantity, unitPricePicoUsd, factor: by, amountPicoUsd } of rating.lines) {
          const { numerator, denominator } = by ?? { numerator: 1n, denominator: 1n };
          const error = amountPicoUsd * denominator - quantity * unitPricePicoUsd * numerator;
          expect((error < 0n ? -error : error) * 2n <= denominator).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('more tokens in one table never cost less', () => {
    const flat = rowWith(allPrices).map((row) => ({ ...row, above: [] }));
    fc.assert(
      fc.property(usage, flat, count, (used, row, more) => {
        const before = ratingOf(used, row);
        const after = ratingOf({ ...used, outputTokens: used.outputTokens + more }, row);
        if (before && after) expect(after.amountPicoUsd >= before.amountPicoUsd).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('what the usage has and the table lacks is never left out', () => {
    fc.assert(
      fc.property(usage, rowWith(somePrices), (used, row) => {
        const rating = ratingOf(used, row);
        if (rating === undefined) return;
        const counted = addPico(rating.lines.map((line) => line.quantity));
        const uses = Object.values(used.uses).reduce((sum, each) => sum + each, 0);
        expect(counted).toBe(BigInt(tokensIn(used) + tokensOut(used) + uses));
      }),
      { numRuns: 300 },
    );
  });

  test('no answer within the bounds costs more than the bound', () => {
    let rated = 0;
    fc.assert(
      fc.property(
        usage,
        rowWith(allPrices),
        rowWith(somePrices),
        count,
        count,
        (used, row, other, inSpare, outSpare) => {
          const rating = ratingOf(used, row);
          if (rating === undefined) return;
          rated += 1;
          const bound = boundCost([other, row], {
            inputTokensBound: tokensIn(used) + inSpare,
            outputTokensBound: tokensOut(used) + outSpare,
            usesBound: used.uses,
          });
          expect(rating.amountPicoUsd <= bound).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    expect(rated).toBeGreaterThan(50);
  });
});

function tokensIn(used: Usage): number {
  return (
    used.inputTokens + used.cacheReadTokens + used.cacheWrite5mTokens + used.cacheWrite1hTokens + used.audioInputTokens
  );
}

function tokensOut(used: Usage): number {
  return used.outputTokens + used.reasoningTokens + used.audioOutputTokens;
}
