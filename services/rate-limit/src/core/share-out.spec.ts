import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fairParts, type Share, shareOut } from './share-out.ts';

const nobody: ReadonlySet<string> = new Set();

function need(me: string, extra: Partial<Parameters<typeof shareOut>[1]> = {}) {
  return { me, limit: 100, used: 0, unmet: 0, live: new Set([me]), over: nobody, isLeaving: false, ...extra };
}

function amounts(shares: readonly Share[]): Record<string, number> {
  return Object.fromEntries(shares.map(({ owner, amount }) => [owner, amount]));
}

describe('fair parts', () => {
  test.each([
    [100, [0], [100]],
    [100, [0, 0], [50, 50]],
    [100, [80, 0], [90, 10]],
    [100, [80, 80], [50, 50]],
    [100, [80, 30], [70, 30]],
    [1, [0, 0, 0], [1, 0, 0]],
    [1, [0, 1, 0], [0, 1, 0]],
    [3, [9, 0], [3, 0]],
    [0, [5], [0]],
  ])('of %d for those who want %j: %j', (total, wants, parts) => {
    expect(fairParts(total, wants)).toEqual(parts);
  });

  test('come to the whole, and nobody who wants less than an equal part gets less than they want', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(fc.nat(1_000), { minLength: 1, maxLength: 9 }), (total, wants) => {
        const parts = fairParts(total, wants);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
        const equal = Math.floor(total / wants.length);
        for (const [index, part] of parts.entries()) {
          expect(part).toBeGreaterThanOrEqual(Math.min(wants[index]!, equal));
        }
      }),
    );
  });
});

describe('a share', () => {
  test('alone, it is all of the limit', () => {
    expect(amounts(shareOut([], need('a')))).toEqual({ a: 100 });
  });

  test('a second one gets nothing before the first has given something back', () => {
    const both = new Set(['a', 'b']);
    let shares = shareOut([], need('a'));
    shares = shareOut(shares, need('b', { live: both }));
    expect(amounts(shares)).toEqual({ a: 100, b: 0 });
    shares = shareOut(shares, need('a', { live: both }));
    shares = shareOut(shares, need('b', { live: both }));
    expect(amounts(shares)).toEqual({ a: 50, b: 50 });
  });

  test('what is used is not given back', () => {
    const both = new Set(['a', 'b']);
    let shares = shareOut(shareOut([], need('a')), need('b', { live: both, unmet: 60 }));
    shares = shareOut(shares, need('a', { live: both, used: 70 }));
    expect(amounts(shares)).toEqual({ a: 70, b: 0 });
  });

  test('of one that is gone stays taken until it is over', () => {
    const shares = shareOut([], need('gone'));
    expect(amounts(shareOut(shares, need('b')))).toEqual({ gone: 100, b: 0 });
    expect(amounts(shareOut(shares, need('b', { over: new Set(['gone']) })))).toEqual({ b: 100 });
  });

  test('of one that leaves is what it has used', () => {
    expect(amounts(shareOut([], need('a', { used: 30, isLeaving: true })))).toEqual({ a: 30 });
  });

  test('what was taken over counts beside the shares of others', () => {
    const both = new Set(['a', 'b']);
    const shares = shareOut([{ owner: 'b', amount: 40, used: 0, wanted: 0 }], need('a', { live: both, used: 80 }));
    expect(shares.find(({ owner }) => owner === 'a')).toMatchObject({ amount: 60, used: 80 });
    expect(amounts(shareOut(shares, need('b', { live: both, unmet: 50 })))).toEqual({ a: 60, b: 20 });
  });
});

test('whatever replicas ask, keep, lose and come back from: the shares that may be used never come to more than the limit', () => {
  const owners = ['a', 'b', 'c'];
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('exchange' as const), of: fc.nat(2), unmet: fc.nat(120) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('use' as const), of: fc.nat(2), amount: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('die' as const), of: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const limit = 100;
      let nowMs = 0;
      let shares: readonly Share[] = [];
      const used: { atMs: number; amount: number }[] = [];
      // What each replica believes; one that stands still may come back to use what it believes until its lease is over.
      const replicas = owners.map((name) => ({ name, boot: 1, allowed: 0, leaseUntilMs: 0, own: [...used] }));
      const ownerOf = ({ name, boot }: (typeof replicas)[number]) => `${name}/${boot}`;
      const countedSince = (some: typeof used) =>
        some.filter(({ atMs }) => atMs > nowMs - 60_000).reduce((sum, { amount }) => sum + amount, 0);
      const leases = new Map<string, number>();
      for (const taken of steps) {
        if (taken.kind === 'pass') nowMs += taken.ms;
        else {
          const replica = replicas[taken.of]!;
          const isHeld = replica.leaseUntilMs > nowMs;
          if (taken.kind === 'die')
            Object.assign(replica, { boot: replica.boot + 1, allowed: 0, leaseUntilMs: 0, own: [] });
          else if (taken.kind === 'use' && isHeld) {
            const fits = countedSince(replica.own) + taken.amount <= replica.allowed;
            if (fits) for (const some of [used, replica.own]) some.push({ atMs: nowMs, amount: taken.amount });
          } else if (taken.kind === 'exchange') {
            if (!isHeld) Object.assign(replica, { boot: replica.boot + 1, allowed: 0 });
            replica.leaseUntilMs = nowMs + 5_000;
            leases.set(ownerOf(replica), replica.leaseUntilMs);
            const live = new Set(replicas.filter(({ leaseUntilMs }) => leaseUntilMs > nowMs).map(ownerOf));
            const over = new Set([...leases].filter(([, untilMs]) => nowMs - untilMs > 62_000).map(([owner]) => owner));
            const facts = { me: ownerOf(replica), limit, used: countedSince(replica.own), unmet: taken.unmet };
            shares = shareOut(shares, { ...facts, live, over, isLeaving: false });
            replica.allowed = shares.find(({ owner }) => owner === facts.me)!.amount;
          }
        }
        const usable = replicas.filter(({ leaseUntilMs }) => leaseUntilMs > nowMs);
        expect(usable.reduce((sum, { allowed }) => sum + allowed, 0)).toBeLessThanOrEqual(limit);
        expect(countedSince(used)).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 1_000 },
  );
});
