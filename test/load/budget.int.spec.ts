import { expect, test } from '@jest/globals';
import { runBudget } from './budget.ts';

test('500 calls at once against a budget that pays for about 100: it is never passed, and used up', async () => {
  const report = await runBudget({ calls: 500, seed: 4 });
  expect(report.problems).toEqual([]);
  expect(report.complete).toBeGreaterThan(60);
  expect(report.complete).toBeLessThan(110);
  expect(report.otherwise).toEqual([]);
  expect(report.complete + report.refusedByBudget).toBe(500);
  expect(report.peak).toBeLessThanOrEqual(report.budget);
}, 60_000);
