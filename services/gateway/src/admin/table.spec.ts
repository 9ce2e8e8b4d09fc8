import { expect, test } from '@jest/globals';
import { inDollars, tableOr } from './table.ts';

test('where there are no rows, that is said, without a heading', () => {
  expect(tableOr([], ['id'], 'there are none')).toEqual(['there are none']);
  expect(tableOr([{ id: 'a' }], ['id'], 'there are none')).toEqual(['id', 'a']);
});

test('amounts are shown in exact dollars, and nothing else changes', () => {
  const row = { id: 'a', spent_pico_usd: '9007199254740993000001', held_pico_usd: 0n, free_pico_usd: null };
  const shown = { id: 'a', spent_usd: '9007199254.740993000001', held_usd: '0', free_pico_usd: null };
  expect(inDollars(row)).toEqual(shown);
});
