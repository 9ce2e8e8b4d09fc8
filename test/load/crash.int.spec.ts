import { expect, test } from '@jest/globals';
import { crashSteps, runCrashes } from './crash.ts';

type Step = keyof typeof crashSteps;

test('kill -9 at each step of a journey: after each restart the books hold, and it serves again', async () => {
  const points = (Object.keys(crashSteps) as Step[]).map((step) => ({ step }));
  const report = await runCrashes({ points: [...points, { afterMs: 150 }], seed: 9, eachTime: 'events' });
  expect(report.problems).toEqual([]);
  expect(report.crashes).toBe(points.length + 1);
  expect(report.estimated.attempts).toBeGreaterThan(0);
  // Two seconds on an idle machine; a busy one may take longer.
  expect(report.servesAgainAfterMs.longest).toBeLessThan(10_000);
}, 180_000);
