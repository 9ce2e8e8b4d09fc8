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

test('nor is its beginning told where the text was cut off in the middle of it', () => {
  const cut = fault('invalid', 'wrong key sk-canary-01', { details: { code: 'sk-canary' } });
  expect(withoutSecret(cut, secret)).toMatchObject({
    message: 'wrong key [redacted]',
    details: { code: '[redacted]' },
  });
  const few = fault('invalid', 'keys begin with sk-');
  expect(withoutSecret(few, secret)).toBe(few);
});

test('what does not repeat it stays as it is', () => {
  const plain = fault('invalid', 'no');
  expect(withoutSecret(plain, secret)).toBe(plain);
  expect(withoutSecret(plain, undefined)).toBe(plain);
});
