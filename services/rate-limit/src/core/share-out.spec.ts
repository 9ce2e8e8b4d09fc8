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

const limit = 100;
const minuteMs = 60_000;

interface Use {
  readonly atMs: number;
  readonly amount: number;
}

/** What a replica believes; one that stands still uses what it believes until its lease is over. */
interface Replica {
  readonly name: string;
  boot: number;
  allowed: number;
  leaseUntilMs: number;
  uses: Use[];
}

/** Replicas that share a limit by the minute. The share of one that is gone stays taken for `goneForMs`. */
function createModel(goneForMs: number) {
  const replicas: Replica[] = ['a', 'b', 'c'].map((name) => {
    return { name, boot: 1, allowed: 0, leaseUntilMs: 0, uses: [] };
  });
  const leases = new Map<string, number>();
  const uses: Use[] = [];
  let nowMs = 0;
  let shares: readonly Share[] = [];

  const ownerOf = ({ name, boot }: Replica) => `${name}/${boot}`;
  const isHeld = ({ leaseUntilMs }: Replica) => leaseUntilMs > nowMs;
  const usedBy = (some: readonly Use[]) =>
    some.filter(({ atMs }) => atMs > nowMs - minuteMs).reduce((sum, { amount }) => sum + amount, 0);

  return {
    pass(ms: number) {
      nowMs += ms;
    },
    die(replica: Replica) {
      Object.assign(replica, { boot: replica.boot + 1, allowed: 0, leaseUntilMs: 0, uses: [] });
    },
    use(replica: Replica, percent: number) {
      if (!isHeld(replica)) return;
      const left = replica.allowed - usedBy(replica.uses);
      const one = { atMs: nowMs, amount: Math.floor((left * percent) / 100) };
      if (left > 0) for (const some of [uses, replica.uses]) some.push(one);
    },
    exchange(replica: Replica, unmet: number) {
      if (!isHeld(replica)) Object.assign(replica, { boot: replica.boot + 1, allowed: 0 });
      replica.leaseUntilMs = nowMs + 5_000;
      const me = ownerOf(replica);
      leases.set(me, replica.leaseUntilMs);
      const live = new Set(replicas.filter(isHeld).map(ownerOf));
      const over = new Set([...leases].flatMap(([owner, untilMs]) => (nowMs - untilMs > goneForMs ? [owner] : [])));
      const used = usedBy(replica.uses);
      shares = shareOut(shares, { me, limit, used, unmet, live, over, isLeaving: false });
      replica.allowed = shares.find(({ owner }) => owner === me)!.amount;
    },
    replicas,
    usable: () => replicas.filter(isHeld).reduce((sum, { allowed }) => sum + allowed, 0),
    usedInMinute: () => usedBy(uses),
  };
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('exchange' as const), of: fc.nat(2), unmet: fc.nat(120) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('use' as const), of: fc.nat(2), percent: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), of: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(3_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
);

function keepsTheLimit(goneForMs: number) {
  return fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (steps) => {
    const model = createModel(goneForMs);
    for (const taken of steps) {
      if (taken.kind === 'pass') model.pass(taken.ms);
      else {
        const replica = model.replicas[taken.of]!;
        if (taken.kind === 'die') model.die(replica);
        else if (taken.kind === 'use') model.use(replica, taken.percent);
        else model.exchange(replica, taken.unmet);
      }
      expect(model.usable()).toBeLessThanOrEqual(limit);
      expect(model.usedInMinute()).toBeLessThanOrEqual(limit);
    }
  });
}

test('whatever replicas ask, keep, lose and come back from: no minute sees more than the limit', () => {
  fc.assert(keepsTheLimit(62_000), { numRuns: 1_000 });
});

test('it would, if the share of one that is gone were given on before what it has used counts no more', () => {
  expect(fc.check(keepsTheLimit(0), { numRuns: 2_000, seed: 7, endOnFailure: true }).failed).toBe(true);
});
