import { expect, test } from '@jest/globals';
import { idSource } from './identity.ts';

test('ids are unique, carry their prefix and sort by time', () => {
  let nowMicros = 1_790_000_000_000_000n;
  const newId = idSource({ nowMicros: () => nowMicros, monotonicMs: () => 0 });
  const ids = Array.from({ length: 2000 }, () => {
    nowMicros += 1000n;
    return newId('call');
  });
  expect(new Set(ids).size).toBe(2000);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids[0]).toMatch(/^call_[0-9a-z]{26}$/);
});
