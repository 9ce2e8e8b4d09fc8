import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationMs, retryHint } from './retry-hint.ts';

const now = BigInt(Date.parse('2025-11-20T00:00:00Z')) * 1000n;
const hour = 3_600_000;

test.each([
  [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 7, 1500],
  [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 7, 9000],
  [{ 'retry-after': '0.5' }, 7, 500],
  [{ 'retry-after': '-3' }, 7, 0],
  [{ 'retry-after': 'Thu, 20 Nov 2025 00:01:00 GMT' }, 7, 60_000],
  [{ 'retry-after': 'Thu, 20 Nov 2025 23:01:00 GMT' }, 7, hour],
  [{ 'retry-after': 'later' }, 7, 7],
  [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' }, 7, 7],
  [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '6m0s' }, undefined, 1000],
  [{ 'x-ratelimit-reset-tokens': '20' }, undefined, 20_000],
  [{ 'x-ratelimit-reset-tokens': 'nonsense' }, undefined, undefined],
  [{}, undefined, undefined],
])('%j with %p in the body asks for %p', (headers, bodyDelayMs, expected) => {
  expect(retryHint(headers as Record<string, string>, now, bodyDelayMs)).toBe(expected);
});

test.each([
  ['12ms', 12],
  ['1s', 1000],
  ['1.5s', 1500],
  ['6m0s', 360_000],
  ['1h2m3s', 3_723_000],
  ['', undefined],
  ['5', undefined],
  ['5d', undefined],
])('the duration %p is %p ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test('whatever the headers say, the hint lies between nothing and an hour', () => {
  const names = fc.constantFrom('retry-after', 'retry-after-ms', 'x-ratelimit-reset-tokens', 'ratelimit-tokens-reset');
  const values = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.date({ noInvalidDate: false }).map(String),
    fc.constant('9'.repeat(400)),
  );
  fc.assert(
    fc.property(fc.dictionary(names, values), (headers) => {
      const hint = retryHint(headers, now);
      expect(hint === undefined || (Number.isInteger(hint) && hint >= 0 && hint <= hour)).toBe(true);
    }),
  );
});
