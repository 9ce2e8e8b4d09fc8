import { expect, test } from '@jest/globals';
import { conductOfStatus, midStreamFault, providerFault } from './provider-fault.ts';

test('what a vendor says about a key stays with us', () => {
  const refused = providerFault({ conduct: 'credential', status: 401, text: 'Incorrect key: canary-key-123' });
  expect(JSON.stringify(refused)).not.toContain('canary');
  const other = providerFault({
    conduct: 'invalid',
    text: 'header sk-canary-123456 and AIzaCanary123 are odd; skipping',
  });
  expect(other.message).toBe('the provider refused the request: header [redacted] and [redacted] are odd; skipping');
});

test('a vendor cannot fill the message', () => {
  const { message } = providerFault({ conduct: 'invalid', text: `a\r\nb\u0000${'x'.repeat(10_000)}` });
  expect(message.length).toBeLessThan(600);
  expect(message).toContain('a b x');
});

test('once an answer has begun, it may be billed, whatever broke it', () => {
  expect(providerFault({ conduct: 'overloaded' }).mayHaveBilled).toBe(false);
  expect(midStreamFault({ conduct: 'overloaded' }).mayHaveBilled).toBe(true);
});

test.each([
  [Number.POSITIVE_INFINITY, 3_600_000],
  [-5, 0],
  [1.2, 2],
  [undefined, undefined],
])('a hint of %p is believed as %p', (hint, expected) => {
  expect(providerFault({ conduct: 'rateLimited', retryAfterMs: hint }).retryAfterMs).toBe(expected);
});

test.each([
  [418, 'foreign'],
  [301, 'foreign'],
  [500, 'broken'],
  [520, 'broken'],
  [529, 'overloaded'],
])('the status %p alone calls for %s', (status, conduct) => {
  expect(conductOfStatus(status)).toBe(conduct);
});
