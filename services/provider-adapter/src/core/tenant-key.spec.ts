import { expect, test } from '@jest/globals';
import { faultOfSecret, isRewrapDue } from './tenant-key.ts';

test.each([
  ['', 'empty'],
  ['sk-1', 'shorter'],
  ['a'.repeat(4_097), 'longer'],
  ['sk-with a space', 'spaces'],
  ['sk-line-end\r\nx: y', 'spaces'],
  ['sk-naïve-123', 'spaces'],
])('a key such as %j is refused without being repeated', (secret, why) => {
  const refused = faultOfSecret(secret);
  expect(refused?.message).toContain(why);
  if (secret !== '') expect(JSON.stringify(refused)).not.toContain(secret);
});

test('a key such as providers give is good', () => {
  expect(faultOfSecret('sk-ant-api03-abc_DEF-123==')).toBeUndefined();
});

test('what encrypts a key is due after so many days', () => {
  const wrappedAtMicros = 1_000_000n;
  const day = 86_400_000_000n;
  expect(isRewrapDue({ wrappedAtMicros }, { nowMicros: wrappedAtMicros + 90n * day - 1n, afterDays: 90 })).toBe(false);
  expect(isRewrapDue({ wrappedAtMicros }, { nowMicros: wrappedAtMicros + 90n * day, afterDays: 90 })).toBe(true);
});
