import { expect, test } from '@jest/globals';
import { vectorOf, vectorsOf } from './vector.ts';

test('a vector is a list of numbers that a 32-bit float can hold', () => {
  expect(vectorOf([0.1, -2, 3.4e38])).toEqual([0.1, -2, 3.4e38]);
  for (const other of [
    [],
    [1e39],
    [-1e308],
    [Number.POSITIVE_INFINITY],
    [Number.NaN],
    ['1'],
    [null],
    { 0: 1 },
    'AAAA',
  ]) {
    expect(vectorOf(other)).toBeUndefined();
  }
});

test('there is a vector for each input, or none at all', () => {
  expect(vectorsOf([[1], [2]], 2)).toEqual([[1], [2]]);
  expect(vectorsOf([[1], [2]], 1)).toBeUndefined();
  expect(vectorsOf([[1], [1e39], [2]], 2)).toBeUndefined();
});
