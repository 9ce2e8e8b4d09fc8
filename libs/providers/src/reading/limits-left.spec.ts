import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { limitsLeft } from './limits-left.ts';

const now = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1000n;

test.each([
  [{ 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '25' }, { share: 0.25 }],
  [
    {
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '90',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '100',
      'x-ratelimit-reset-tokens': '6m0s',
    },
    { share: 0.1, resetMs: 360_000 },
  ],
  [
    {
      'anthropic-ratelimit-input-tokens-limit': '40',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-20T00:00:07Z',
    },
    { share: 0, resetMs: 7_000 },
  ],
  [{ 'x-ratelimit-limit-requests': '10', 'x-ratelimit-remaining-requests': '20' }, { share: 1 }],
])('%j leaves %j', (headers, left) => {
  expect(limitsLeft(headers as unknown as Record<string, string>, now)).toMatchObject(left);
});

test.each([
  [{}],
  [{ 'x-ratelimit-limit-requests': '100' }],
  [{ 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' }],
  [{ 'x-ratelimit-limit-requests': 'all', 'x-ratelimit-remaining-requests': '-1' }],
])('%j says nothing', (headers) => {
  expect(limitsLeft(headers as Record<string, string>, now)).toBeUndefined();
});

test('whatever the headers say, the share lies between nothing and all', () => {
  const names = fc.constantFrom('x-ratelimit-limit-a', 'x-ratelimit-remaining-a', 'x-ratelimit-reset-a');
  const values = fc.oneof(fc.string(), fc.nat().map(String), fc.double().map(String));
  fc.assert(
    fc.property(fc.dictionary(names, values), (headers) => {
      const left = limitsLeft(headers, now);
      expect(left === undefined || (left.share >= 0 && left.share <= 1)).toBe(true);
    }),
  );
});
