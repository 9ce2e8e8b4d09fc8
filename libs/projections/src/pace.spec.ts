import { expect, test } from '@jest/globals';
import { paceOf } from './pace.ts';

async function timeOf(work: Promise<void>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

test('rests as long as it is told', async () => {
  expect(await timeOf(paceOf(30, undefined).rest())).toBeGreaterThan(25);
});

test('somebody in a hurry ends the rest under way, and only that one', async () => {
  const pace = paceOf(30, undefined);
  const resting = timeOf(pace.rest());
  pace.hurry();
  expect(await resting).toBeLessThan(25);
  expect(await timeOf(pace.rest())).toBeGreaterThan(25);
});

test('a hurry before the rest skips it', async () => {
  const pace = paceOf(10_000, undefined);
  pace.hurry();
  expect(await timeOf(pace.rest())).toBeLessThan(1000);
});

test('nobody rests once the signal has aborted', async () => {
  const halt = new AbortController();
  const pace = paceOf(10_000, halt.signal);
  const resting = timeOf(pace.rest());
  halt.abort();
  expect(await resting).toBeLessThan(1000);
  expect(await timeOf(pace.rest())).toBeLessThan(1000);
});
