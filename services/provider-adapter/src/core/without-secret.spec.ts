import { expect, test } from '@jest/globals';
import { fault, Secret } from '@waybill/kernel';
import { withoutSecret } from './without-secret.ts';

const secret = new Secret('sk-canary-0123');

test('a key that a provider repeats is taken out of what is told', () => {
  const repeated = fault('invalid', 'wrong key sk-canary-0123, sk-canary-0123', {
    details: { code: 'x sk-canary-0123' },
  });
  expect(withoutSecret(repeated, secret)).toMatchObject({
    kind: 'invalid',
    message: 'wrong key [redacted], [redacted]',
    details: { code: 'x [redacted]' },
  });
});

test('what does not repeat it stays as it is', () => {
  const plain = fault('invalid', 'no');
  expect(withoutSecret(plain, secret)).toBe(plain);
  expect(withoutSecret(plain, undefined)).toBe(plain);
});
