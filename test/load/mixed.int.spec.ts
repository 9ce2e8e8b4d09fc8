import { expect, test } from '@jest/globals';
import { failures, runMixed } from './mixed.ts';

test('300 mixed calls, some cut and some failing: every attempt is on the books once, and they agree with the bill', async () => {
  const report = await runMixed({ calls: 300, seed: 20_261_120 });
  expect(report.problems).toEqual([]);
  for (const failure of failures) expect(report.failed[failure]).toBeGreaterThan(2);
  expect(report.complete).toBeGreaterThan(200);
  expect(report.left).toBeGreaterThan(0);
  expect(report.attempts).toBeGreaterThan(report.calls);
  expect(report.reported.attempts).toBeGreaterThan(200);
  expect(report.reported.booked).toBe(report.reported.billed);
  expect(report.estimated.attempts).toBeGreaterThan(0);
}, 90_000);
