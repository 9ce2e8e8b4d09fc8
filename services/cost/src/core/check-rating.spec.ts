import { describe, expect, test } from '@jest/globals';
import { Rating, Usage, UsageSource } from '@waybill/contracts';
import { parsePriceRow, rate } from '@waybill/rating';
import { checkRating, type Terms } from './check-rating.ts';

const row = parsePriceRow({ input: '1', output: '2' });
const terms: Terms = {
  modelId: 'fast',
  priceCard: { priceVersion: 'book-1', row: row.ok ? row.value : undefined },
  holdPicoUsd: 9_000n,
};
const usage = Usage.fromPartial({ inputTokens: 3, outputTokens: 4, source: UsageSource.REPORTED });
const unknown = Usage.fromPartial({ source: UsageSource.UNKNOWN });
const rated = rate(usage, terms.priceCard!);
const rating = (rated.ok && rated.value) || Rating.create();

function atHold(amountPicoUsd: bigint): Rating {
  const line = { class: 'hold', quantity: 1n, unitPricePicoUsd: amountPicoUsd, factor: undefined, amountPicoUsd };
  return { ...rating, lines: [line], amountPicoUsd, table: 'hold' };
}

describe('a rating', () => {
  test.each<[string, Usage | undefined, Rating | undefined, Partial<Terms>]>([
    ['is what its card says', usage, rating, {}],
    ['is absent where nothing was used', undefined, undefined, {}],
    ['is absent where the usage is unknown', unknown, undefined, {}],
    ['is absent where there are no prices', usage, undefined, { priceCard: undefined }],
    ['is the hold where the card cannot price the usage', usage, atHold(9_000n), {}],
  ])('is right when it %s', (_name, known, given, change) => {
    expect(checkRating(known, given, { ...terms, ...change })).toEqual({ kind: 'right' });
  });

  const [first, second] = rating.lines;
  test.each<[string, Usage | undefined, Rating | undefined, Partial<Terms>, RegExp]>([
    ['differs by a pico', usage, moved(rating, 1n), {}, /rated again it comes to 11000000, on record are 11000001/],
    ['is not the sum of its lines', usage, { ...rating, amountPicoUsd: 1n }, {}, /add up to 11000000, not to 1/],
    ['has its lines in another order', usage, { ...rating, lines: [second!, first!] }, {}, /rated again/],
    ['names another price version', usage, { ...rating, priceVersion: 'book-2' }, {}, /rated again/],
    ['prices unknown usage', unknown, rating, {}, /books 11000000 where the usage is unknown/],
    ['prices nothing', undefined, rating, {}, /where the usage is none/],
    ['is missing', usage, undefined, {}, /has prices and nothing is booked/],
    ['has no prices behind it', usage, rating, { priceCard: undefined }, /no prices were agreed/],
    ['is at another hold', usage, atHold(9_001n), {}, /at a hold of 9001, held was 9000/],
  ])('is wrong when it %s', (_name, known, given, change, why) => {
    expect(checkRating(known, given, { ...terms, ...change })).toEqual({
      kind: 'wrong',
      why: expect.stringMatching(why),
    });
  });

  test('of another rater version is not rated again', () => {
    expect(checkRating(usage, { ...rating, raterVersion: 'other' }, terms)).toEqual({ kind: 'other_rater' });
  });
});

function moved(given: Rating, by: bigint): Rating {
  const [line, ...others] = given.lines;
  const lines = [{ ...line!, amountPicoUsd: line!.amountPicoUsd + by }, ...others];
  return { ...given, lines, amountPicoUsd: given.amountPicoUsd + by };
}
