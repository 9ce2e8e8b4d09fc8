import { expect, test } from '@jest/globals';
import { runAborts } from './aborts.ts';

test('100 streams that are left at any moment: each is settled, and nothing of them stays behind', async () => {
  const { problems, left, before, after } = await runAborts({ streams: 100, seed: 11 });
  expect(problems).toEqual([]);
  expect(left).toBeGreaterThanOrEqual(100);
  expect(before.handles).toBeGreaterThan(0);
  expect(after.heapBytes).toBeGreaterThan(0);
}, 120_000);
