import { expect, test } from '@jest/globals';
import { runSlowReaders } from './slow-readers.ts';

test('readers that are slow, late or gone: their provider waits, and the gateway holds no more for longer answers', async () => {
  const { problems, late, rounds } = await runSlowReaders({
    readers: 10,
    rounds: [6_000, 60_000],
    watchedMs: 2_000,
    seed: 5,
  });
  expect(problems).toEqual([]);
  expect(late.complete).toBe(2);
  expect(rounds.at(-1)?.sent.median).toBeGreaterThan(0);
}, 180_000);
