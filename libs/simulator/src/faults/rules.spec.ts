import { describe, expect, test } from '@jest/globals';
import { keyLabel } from '../bill/key-label.ts';
import { type FaultRule, openFaultBook } from './rules.ts';

const target = { dialect: 'openai', model: 'm', key: keyLabel('secret'), operation: 'generate', streams: true };

function hits(rule: Partial<FaultRule>, calls: number, seed = 1): number[] {
  const book = openFaultBook(seed);
  book.set([{ directives: 'fault=server-error', ...rule }]);
  const positions = Array.from({ length: calls }, (_, index) => index + 1);
  return positions.filter(() => book.directivesFor(target) !== undefined);
}

describe('which calls a rule hits', () => {
  test('all, if it names no condition', () => expect(hits({}, 3)).toEqual([1, 2, 3]));
  test('the n-th', () => expect(hits({ nth: 2 }, 5)).toEqual([2]));
  test('each n-th', () => expect(hits({ every: 2 }, 5)).toEqual([2, 4]));
  test('so many, after letting some through', () => expect(hits({ skip: 1, limit: 2 }, 5)).toEqual([2, 3]));
  test('none that differ in dialect, model, operation or delivery', () => {
    expect(hits({ dialect: 'gemini' }, 2)).toEqual([]);
    expect(hits({ model: 'n' }, 2)).toEqual([]);
    expect(hits({ operation: 'embed' }, 2)).toEqual([]);
    expect(hits({ stream: false }, 2)).toEqual([]);
  });
  test('those of a key, given as the key or as its label', () => {
    expect(hits({ key: 'secret' }, 1)).toEqual([1]);
    expect(hits({ key: keyLabel('secret') }, 1)).toEqual([1]);
    expect(hits({ key: 'other' }, 1)).toEqual([]);
  });
  test('a share, the same one for the same seed', () => {
    const share = hits({ probability: 0.25 }, 1000);
    expect(share.length).toBeGreaterThan(200);
    expect(share.length).toBeLessThan(300);
    expect(hits({ probability: 0.25 }, 1000)).toEqual(share);
    expect(hits({ probability: 0.25 }, 1000, 2)).not.toEqual(share);
  });
});

test('the first rule that hits decides', () => {
  const book = openFaultBook(1);
  book.set([{ nth: 2, directives: 'fault=quota' }, { directives: 'fault=overloaded' }]);
  const names = [1, 2, 3].map(() => book.directivesFor(target)?.faultNames[0]);
  expect(names).toEqual(['overloaded', 'quota', 'overloaded']);
});

test('a rule nobody understands is refused', () => {
  expect(() => openFaultBook(1).set([{ directives: 'fault=nonsense' }])).toThrow('nonsense');
});
