import { expect, test } from '@jest/globals';
import { boundsWithin } from './plan.ts';

const bounds = { retries: 2, totalMs: 600_000 };

test.each([
  [undefined, bounds],
  [{}, bounds],
  [{ mostAttempts: 1 }, { retries: 0, totalMs: 600_000 }],
  [{ mostAttempts: 9 }, bounds],
  [{ timeoutMs: 5_000 }, { retries: 2, totalMs: 5_000 }],
  [{ timeoutMs: 900_000 }, bounds],
])('with the wishes %j', (wishes, expected) => {
  expect(boundsWithin(bounds, wishes)).toEqual(expected);
});
