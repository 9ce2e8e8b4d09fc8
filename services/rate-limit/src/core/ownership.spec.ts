import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planCharges } from './ownership.ts';

const sixteen = Array.from({ length: 16 }, (_, partition) => partition);

describe('what a replica takes and gives up', () => {
  test('alone, it takes everything', () => {
    expect(planCharges({ partitions: 16, me: 'a', replicas: [], mine: [], free: sixteen })).toEqual({
      take: sixteen,
      give: [],
    });
  });

  test('with another one there, it gives up what is more than half', () => {
    const plan = planCharges({ partitions: 16, me: 'a', replicas: ['a', 'b'], mine: sixteen, free: [] });
    expect(plan).toEqual({ take: [], give: sixteen.slice(8) });
  });

  test('the only partition stays where it is', () => {
    expect(planCharges({ partitions: 1, me: 'a', replicas: ['a', 'b', 'c'], mine: [0], free: [] }).give).toEqual([]);
    expect(planCharges({ partitions: 1, me: 'b', replicas: ['a', 'b', 'c'], mine: [], free: [0] }).take).toEqual([0]);
  });

  test('replicas that come, go and take what they can end with everything taken, nobody with more than a fair part', () => {
    const replicas = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(replicas, { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 16), (casts, partitions) => {
        const owners = new Map<number, string>();
        for (const live of casts) {
          for (const [partition, owner] of owners) if (!live.includes(owner)) owners.delete(partition);
          for (let round = 0; round < 3; round += 1) {
            for (const me of live) {
              const all = Array.from({ length: partitions }, (_, partition) => partition);
              const mine = all.filter((partition) => owners.get(partition) === me);
              const free = all.filter((partition) => !owners.has(partition));
              const plan = planCharges({ partitions, me, replicas: live, mine, free });
              for (const partition of plan.give) owners.delete(partition);
              for (const partition of plan.take) owners.set(partition, me);
            }
          }
          expect(owners.size).toBe(partitions);
          const most = Math.ceil(partitions / live.length);
          for (const me of live) {
            expect([...owners.values()].filter((owner) => owner === me).length).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });
});
