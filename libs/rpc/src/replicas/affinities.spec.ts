import { expect, test } from '@jest/globals';
import { createAffinities } from './affinities.ts';

test('remembers the last address of an affinity, until it is forgotten', () => {
  const affinities = createAffinities();
  affinities.remember('acme', 'a:1');
  affinities.remember('acme', 'b:1');
  expect(affinities.get('acme')).toBe('b:1');
  affinities.forget('acme');
  expect(affinities.get('acme')).toBeUndefined();
});

test('keeps to ten thousand, those remembered last', () => {
  const affinities = createAffinities();
  affinities.remember('again', 'a:1');
  for (let index = 0; index < 9_999; index += 1) affinities.remember(String(index), 'a:1');
  affinities.remember('again', 'b:1');
  affinities.remember('new', 'c:1');
  expect(['again', 'new', '0', '1'].map((affinity) => affinities.get(affinity))).toEqual([
    'b:1',
    'c:1',
    undefined,
    'a:1',
  ]);
});
