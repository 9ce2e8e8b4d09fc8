import { expect, test } from '@jest/globals';
import { closingLine, failed, passed, skipped, succeeds, sum } from './tally.ts';

test('counts what each part of a run counted', () => {
  expect(sum([passed, { passed: 10, failed: 2, skipped: 3 }, failed, skipped])).toEqual({
    passed: 11,
    failed: 3,
    skipped: 4,
  });
});

test('closes with one line', () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 1 })).toBe('12 passed, 0 failed, 1 skipped');
});

test('a run with a failure does not succeed, whatever passed', () => {
  expect(succeeds({ passed: 100, failed: 1, skipped: 0 })).toBe(false);
});

test('a run in which nothing passed does not succeed', () => {
  expect(succeeds({ passed: 0, failed: 0, skipped: 5 })).toBe(false);
});

test('a run with skipped tests succeeds', () => {
  expect(succeeds({ passed: 1, failed: 0, skipped: 5 })).toBe(true);
});
