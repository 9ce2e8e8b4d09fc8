import { describe, expect, test } from '@jest/globals';
import { shardOf, subjectsOf } from './subjects.ts';

describe("a producer's subjects", () => {
  test('name the shard, the service and the producer', () => {
    const { all, ofShard } = subjectsOf('gateway/gateway-0');
    expect(ofShard(3)).toBe('waybill.events.3.gateway.gateway=2fgateway-0');
    expect(all).toBe('waybill.events.*.gateway.gateway=2fgateway-0');
  });

  test('differ wherever the ids differ, and have five tokens whatever is in them', () => {
    const ids = ['a', 'a/b', 'a.b', 'a b', 'a*', 'a>', 'a=2fb', 'ä', '', 'A', '\u{1f600}', 'a/b/c'];
    const subjects = ids.map((id) => subjectsOf(id).ofShard(0));
    expect(new Set(subjects).size).toBe(ids.length);
    for (const subject of subjects) expect(subject).toMatch(/^waybill\.events\.0\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+$/);
  });
});

describe('the shard of a tenant', () => {
  test('is among the shards, and most of them are used', () => {
    const shards = new Set(Array.from({ length: 200 }, (_, index) => shardOf(`tenant-${index}`, 8)));
    expect([...shards].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('never changes, since the order of a tenant hangs on it', () => {
    expect(['', 'acme', 'globex'].map((tenant) => shardOf(tenant, 256))).toEqual([197, 175, 142]);
    expect(shardOf('acme', 1)).toBe(0);
  });
});
