import { describe, expect, test } from '@jest/globals';
import type { PriceRow } from '@waybill/contracts';
import { freeRow, priceBook, readPrices } from './index.ts';

function rowsOf(input: unknown): readonly PriceRow[] {
  return readPrices(input, 'prices', (path, message) => {
    throw new Error(`${path}: ${message}`);
  });
}

const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

const flash = rowsOf([
  { effective_from: '2027-01-01', input: '1.5', output: '7.5' },
  { effective_from: '2026-09-20', effective_to: '2027-01-01', input: '0.75', output: '3.75' },
]);

describe('a price book', () => {
  const book = priceBook([
    { id: 'flash', prices: flash },
    { id: 'local', prices: [freeRow] },
  ]);

  test('gives the row that holds, its end not being part of it', () => {
    const priceAt = (iso: string) => book.cardFor('flash', micros(iso))?.row?.prices.input;
    expect(priceAt('2026-09-19T23:59:59.999Z')).toBeUndefined();
    expect(priceAt('2026-09-20T00:00:00Z')).toBe(750_000n);
    expect(priceAt('2026-12-31T23:59:59.999Z')).toBe(750_000n);
    expect(priceAt('2027-01-01T00:00:00Z')).toBe(1_500_000n);
  });

  test('has no card for a model it does not know', () => {
    expect(book.cardFor('other', 0n)).toBeUndefined();
  });

  test('gives all rows that a call may fall under', () => {
    const across = book.rowsBetween('flash', micros('2026-12-31T23:55:00Z'), micros('2027-01-01T00:05:00Z'));
    expect(across.map((row) => row.prices.input)).toEqual([750_000n, 1_500_000n]);
  });

  test('has a version that depends on the content alone', () => {
    const same = priceBook([
      { id: 'local', prices: [{ ...freeRow }] },
      { id: 'flash', prices: flash.toReversed() },
    ]);
    const other = priceBook([
      { id: 'flash', prices: [{ ...flash[0]!, prices: { input: 1n } }] },
      { id: 'local', prices: [freeRow] },
    ]);
    expect(book.version).toMatch(/^[0-9a-f]{16}$/);
    expect(same.version).toBe(book.version);
    expect(other.version).not.toBe(book.version);
    expect(book.cardFor('local', 0n)?.priceVersion).toBe(book.version);
  });

  test('keeps the version of known prices for ever', () => {
    expect(priceBook([{ id: 'flash', prices: flash }]).version).toBe('86b281506dca5953');
  });
});
