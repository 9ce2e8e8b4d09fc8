import { expect, test } from '@jest/globals';
import { readinessAfter, readyAtFirst } from './readiness.ts';

/** What it says after each look: pairs of the time and whether all was well. */
function saidAfter(...looks: [atMs: number, isWell: boolean][]): boolean[] {
  let readiness = readyAtFirst;
  return looks.map(([atMs, isWell]) => {
    readiness = readinessAfter(readiness, isWell, atMs);
    return readiness.isReady;
  });
}

test('a stumble is not told', () => {
  expect(saidAfter([0, true], [100, false], [1_099, false], [1_100, true], [1_200, false])).toEqual(
    new Array(5).fill(true),
  );
});

test('what lasts is told, and so is the end of it, once that has lasted', () => {
  expect(saidAfter([0, false], [1_000, false], [1_100, true], [3_000, true], [3_100, true])).toEqual([
    true,
    false,
    false,
    false,
    true,
  ]);
});

test('whoever stumbles on the way back up waits for longer', () => {
  expect(saidAfter([0, false], [1_000, false], [1_100, true], [3_000, false], [3_100, true], [5_099, true])).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
