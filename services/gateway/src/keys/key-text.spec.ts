import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { displayPrefix, isMistyped, keyText } from './key-text.ts';

const random = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a key carries 256 random bits and a checksum', () => {
  expect(keyText(new Uint8Array(32).fill(0xab))).toMatch(/^wb_(ab){32}[0-9a-f]{8}$/);
  expect(() => keyText(new Uint8Array(31))).toThrow(RangeError);
});

test('a key is never taken for mistyped, and one with another digit always is', () => {
  fc.assert(
    fc.property(random, fc.nat(71), (bytes, index) => {
      const text = keyText(bytes);
      const at = 3 + index;
      const other = text[at] === '0' ? '1' : '0';
      expect(isMistyped(text)).toBe(false);
      expect(isMistyped(text.slice(0, at) + other + text.slice(at + 1))).toBe(true);
      expect(isMistyped(text.slice(0, -1))).toBe(true);
    }),
  );
});

test('what does not look like a generated key is not judged, and shows no prefix', () => {
  expect(isMistyped('sk-anything')).toBe(false);
  expect(displayPrefix('sk-anything')).toBe('');
  expect(displayPrefix(keyText(new Uint8Array(32)))).toBe('wb_000000');
});
