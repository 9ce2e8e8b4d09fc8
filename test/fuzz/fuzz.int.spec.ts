// A share of `npm run soak -- fuzz`; the corpus in full.
import { expect, test } from '@jest/globals';
import { fuzzDecoders } from './decoders.ts';
import { fuzzSurface } from './surface.ts';

test('100,000 damaged answers: no codec throws, hangs, keeps memory or takes a broken stream for a success', async () => {
  const { problems, answers } = await fuzzDecoders({ inputs: 100_000, seed: 4 });
  expect(problems).toEqual([]);
  expect(answers).toBeGreaterThan(10_000);
}, 240_000);

test('3,000 damaged requests in every dialect: each is answered, and the gateway stays as it was', async () => {
  const { problems, byStatus } = await fuzzSurface({ requests: 3_000, seed: 4 });
  expect(problems).toEqual([]);
  expect(byStatus[200]).toBeGreaterThan(200);
  expect(byStatus[400]).toBeGreaterThan(1_000);
}, 240_000);
