import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countTokens, splitTokens } from './tokens.ts';

test('counts one token per word, and one more per further 32 characters of a long word', () => {
  expect(countTokens('')).toBe(0);
  expect(countTokens('  one two\nthree ')).toBe(3);
  expect(countTokens('x'.repeat(32))).toBe(1);
  expect(countTokens(`${'x'.repeat(33)} y`)).toBe(3);
});

test('the count is the number of pieces, and the pieces are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const pieces = splitTokens(text);
      expect(pieces.length).toBe(countTokens(text));
      expect(pieces.join('')).toBe(text.trimEnd());
    }),
  );
});

test('there are never more tokens than UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(countTokens(text)).toBeLessThanOrEqual(Buffer.byteLength(text));
    }),
  );
});
