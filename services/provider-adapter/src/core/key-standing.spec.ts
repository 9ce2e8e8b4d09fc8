import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accept, choose, freshKey, isUsable, type KeyStanding, limit, makeDue, refuse } from './key-standing.ts';

/** Makes so many choices and counts who got them. */
function share(times: number, weights: Record<string, number>, known: Record<string, KeyStanding> = {}) {
  const standings = new Map(Object.keys(weights).map((id) => [id, known[id] ?? freshKey]));
  const counts = Object.fromEntries(Object.keys(weights).map((id) => [id, 0]));
  for (let count = 0; count < times; count += 1) {
    const choices = Object.entries(weights).map(([id, weight]) => ({ id, weight, standing: standings.get(id)! }));
    const turn = choose(choices, 'm', 0);
    counts[turn.id]! += 1;
    for (const [id, standing] of turn.standings) standings.set(id, standing);
  }
  return counts;
}

const left = (part: number) => limit(freshKey, 'm', { share: part, untilMs: 1_000 });

describe('calls are shared out', () => {
  test('by weight', () => {
    expect(share(60, { a: 1, b: 2, c: 3 })).toEqual({ a: 10, b: 20, c: 30 });
  });

  test('in turn, not in blocks', () => {
    expect(share(2, { a: 5, b: 5 })).toEqual({ a: 1, b: 1 });
  });

  test('by what each has left', () => {
    expect(share(100, { a: 1, b: 1 }, { a: left(0.25), b: left(0.75) })).toEqual({ a: 25, b: 75 });
    expect(share(10, { a: 1, b: 1 }, { a: left(0) })).toEqual({ a: 0, b: 10 });
  });

  test('to the one that has something again first where nothing is left', () => {
    const soon = limit(freshKey, 'm', { share: 0, untilMs: 500 });
    expect(share(3, { a: 1, b: 1 }, { a: left(0), b: soon })).toEqual({ a: 0, b: 3 });
  });

  test('without regard for what is left of other models, or was left long ago', () => {
    const other = limit(freshKey, 'other', { share: 0, untilMs: 1_000 });
    const past = limit(freshKey, 'm', { share: 0, untilMs: 0 });
    expect(share(20, { a: 1, b: 1 }, { a: other, b: past })).toEqual({ a: 10, b: 10 });
  });

  test('as the weights say, whatever they are', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, (list) => {
        const byId = Object.fromEntries(list.map((weight, index) => [`k${index}`, weight]));
        const sum = list.reduce((total, weight) => total + weight, 0);
        expect(share(sum * 2, byId)).toEqual(
          Object.fromEntries(list.map((weight, index) => [`k${index}`, weight * 2])),
        );
      }),
    );
  });
});

describe('a key that is refused', () => {
  test('is set aside, twice as long each time, for five minutes at most', () => {
    let standing = freshKey;
    const pauses = Array.from({ length: 11 }, () => {
      const nowMs = standing.retryAtMs;
      standing = refuse(standing, nowMs);
      return standing.retryAtMs - nowMs;
    });
    expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(pauses.at(-1)).toBe(300_000);
    expect(isUsable(standing, standing.retryAtMs - 1)).toBe(false);
    expect(isUsable(standing, standing.retryAtMs)).toBe(true);
  });

  const onTrial = () => {
    const turn = choose([{ id: 'a', weight: 1, standing: refuse(freshKey, 0) }], 'm', 1_000);
    return new Map(turn.standings).get('a')!;
  };

  test('is not refused once more by calls that were under way', () => {
    const refused = refuse(freshKey, 0);
    expect(refuse(refused, 100)).toBe(refused);
  });

  test('is tried by one call at a time, whose failure doubles the pause', () => {
    expect(isUsable(onTrial(), 1_999)).toBe(false);
    expect(isUsable(onTrial(), 2_000)).toBe(true);
    expect(refuse(onTrial(), 1_200)).toMatchObject({ state: 'refused', refusals: 2, retryAtMs: 3_200 });
    expect(makeDue(onTrial(), 1_200)).toEqual(onTrial());
  });

  test('is as good as new once it is accepted', () => {
    expect(accept(refuse(freshKey, 0))).toEqual(freshKey);
    expect(isUsable(makeDue(refuse(freshKey, 0), 10), 10)).toBe(true);
    expect(makeDue(freshKey, 10)).toBe(freshKey);
  });
});
