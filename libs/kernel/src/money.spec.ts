import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addPico, checkedInt64, formatUsd, int64Max, int64Min, multiplyHalfEven, parseUsd } from './index.ts';

const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const ratio = fc.record({
  numerator: fc.bigInt({ min: -1000n, max: 1000n }),
  denominator: fc.bigInt({ min: 1n, max: 1000n }),
});

describe('decimal text', () => {
  test.each([
    ['0', 0n],
    ['0.0005253', 525_300_000n],
    ['500', 500_000_000_000_000n],
    ['1e-7', 100_000n],
    ['1.5E3', 1_500_000_000_000_000n],
    [' 2. ', 2_000_000_000_000n],
    ['-0.000000000001', -1n],
    ['0.1000000000000000000', 100_000_000_000n],
    ['9007199254740993', 9_007_199_254_740_993_000_000_000_000n],
  ])('%p is read exactly', (text, expected) => {
    expect(parseUsd(text)).toBe(expected);
  });

  test.each([
    '',
    '-',
    '.',
    '.5',
    '+1',
    '1,5',
    '1_000',
    '0x10',
    'NaN',
    'Infinity',
    '1e',
    '1e9999',
    '0.0000000000001',
    '1 2',
  ])('%p is no amount', (text) => {
    expect(parseUsd(text)).toBeUndefined();
  });

  test('keeps as many places as the scale', () => {
    expect(parseUsd('0.0375', 6)).toBe(37_500n);
    expect(parseUsd('0.0000001', 6)).toBeUndefined();
  });

  test('of any amount reads back as the same amount', () => {
    fc.assert(fc.property(amount, (value) => expect(parseUsd(formatUsd(value))).toBe(value)));
  });

  test('has no trailing zeros and no bare dot', () => {
    fc.assert(fc.property(amount, (value) => expect(formatUsd(value)).toMatch(/^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/)));
  });
});

describe('multiplying by a fraction', () => {
  test.each([
    [1n, 2n, 0n],
    [3n, 2n, 2n],
    [5n, 2n, 2n],
    [-1n, 2n, 0n],
    [-3n, 2n, -2n],
    [-5n, 2n, -2n],
    [2n, 3n, 1n],
    [-2n, 3n, -1n],
  ])('%d / %d is %d', (value, denominator, expected) => {
    expect(multiplyHalfEven(value, { numerator: 1n, denominator })).toBe(expected);
  });

  test('is never off by more than a half, and by a half only on an even number', () => {
    fc.assert(
      fc.property(amount, ratio, (value, by) => {
        const rounded = multiplyHalfEven(value, by);
        const error = rounded * by.denominator - value * by.numerator;
        const twice = (error < 0n ? -error : error) * 2n;
        expect(twice <= by.denominator).toBe(true);
        if (twice === by.denominator) expect(rounded % 2n).toBe(0n);
      }),
    );
  });

  test('mirrors at zero', () => {
    fc.assert(
      fc.property(amount, ratio, (value, by) =>
        expect(multiplyHalfEven(-value, by)).toBe(-multiplyHalfEven(value, by)),
      ),
    );
  });
});

test('a sum does not depend on the order', () => {
  fc.assert(fc.property(fc.array(amount), (amounts) => expect(addPico(amounts)).toBe(addPico(amounts.toReversed()))));
});

test('an int64 is checked at its very ends', () => {
  expect(checkedInt64(int64Max, 'x')).toBe(int64Max);
  expect(checkedInt64(int64Min, 'x')).toBe(int64Min);
  expect(() => checkedInt64(int64Max + 1n, 'the line')).toThrow('the line is 9223372036854775808');
  expect(() => checkedInt64(int64Min - 1n, 'x')).toThrow(RangeError);
});
