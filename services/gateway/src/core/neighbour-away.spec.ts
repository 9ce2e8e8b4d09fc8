import { expect, test } from '@jest/globals';
import { fault } from '@waybill/kernel';
import { isAway, neighbourAway } from './neighbour-away.ts';

test('what was never sent, or got no answer, is told as the neighbour being away, with when to come back', () => {
  const details = { reason: 'not_sent' };
  for (const because of [fault('timeout', 'late'), fault('unavailable', 'refused', { details })]) {
    expect(neighbourAway('rate-limit', because)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('rate-limit'),
      details: { reason: 'neighbour_away', neighbour: 'rate-limit' },
      retryAfterMs: 1_000,
      cause: because,
    });
  }
});

test('what the neighbour says of itself is kept', () => {
  const closed = fault('unavailable', 'nobody is in charge', { details: { reason: 'no_owner' }, retryAfterMs: 5_000 });
  expect(neighbourAway('rate-limit', closed)).toEqual(closed);
  expect(neighbourAway('rate-limit', { ...closed, retryAfterMs: undefined }).retryAfterMs).toBe(1_000);
});

test('a neighbour that answered is not away', () => {
  expect(['unavailable', 'timeout'].every((kind) => isAway(fault(kind as 'timeout', '')))).toBe(true);
  expect(['not_found', 'internal', 'cancelled'].some((kind) => isAway(fault(kind as 'internal', '')))).toBe(false);
});
