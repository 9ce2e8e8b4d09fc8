import { describe, expect, test } from '@jest/globals';
import type { Clock } from '@waybill/kernel';
import { memoryProjectionStore } from '@waybill/projections';
import { openShareBook } from '../adapters/projection-share-book.ts';
import { partitionsFor } from '../core/partition.ts';
import { emptySharedState } from '../core/shared-state.ts';
import type { Rules } from '../core/state.ts';
import { addToMinute } from '../core/window.ts';
import type { ShareBook } from '../ports.ts';
import { keepShares, type ShareRound } from './share-limits.ts';

const rules: Rules = {
  rates: [{ id: 'provider', kind: 'requests', scope: { provider: 'p' }, amount: 100 }],
  concurrency: [],
  budgets: [],
};

const time = { nowMs: 0 };
const clock: Clock = { nowMicros: () => 0n, monotonicMs: () => time.nowMs };

function replica(name: string, book: ShareBook) {
  const shared = emptySharedState(partitionsFor(rules));
  const counter = shared.counters.rates[0]!;
  const keeper = keepShares({ shared, book, clock });
  const round = (others: readonly string[], extra: Partial<ShareRound> = {}): ShareRound => {
    return { me: name, live: new Set([name, ...others]), hasEverything: false, isLeaving: false, ...extra };
  };
  return {
    exchange: (others: readonly string[], extra?: Partial<ShareRound>) => keeper.exchange(round(others, extra)),
    stop: keeper.stop,
    use: (amount: number) => addToMinute(counter.minute, 0n, amount),
    allowed: () => counter.allowed,
  };
}

/** What happens right before a write. */
function disturbed(book: ShareBook, before: () => Promise<void>): ShareBook {
  return {
    read: book.read,
    async write(version, shares) {
      await before();
      return book.write(version, shares);
    },
  };
}

async function openBook(): Promise<ShareBook> {
  time.nowMs = 0;
  return openShareBook(memoryProjectionStore());
}

describe('the share of a replica', () => {
  test('is nothing before the first exchange, all of it alone, and nothing again when its place is lost', async () => {
    const one = replica('a/1', await openBook());
    expect(one.allowed()).toBe(0);
    await one.exchange([]);
    expect(one.allowed()).toBe(100);
    one.stop();
    expect(one.allowed()).toBe(0);
  });

  test('is as written when somebody else writes in between', async () => {
    const book = await openBook();
    const other = replica('b/1', book);
    let isFirst = true;
    const disturb = async () => {
      if (isFirst) {
        isFirst = false;
        await other.exchange(['a/1']);
      }
    };
    const one = replica('a/1', disturbed(book, disturb));
    await one.exchange(['b/1']);
    expect([one.allowed(), other.allowed()]).toEqual([0, 100]);
  });

  test('is less at once and more only when it is written', async () => {
    const book = await openBook();
    let isBroken = false;
    const fail = async () => {
      if (isBroken) throw new Error('no store');
    };
    const one = replica('a/1', disturbed(book, fail));
    const two = replica('b/1', disturbed(book, fail));
    await one.exchange([]);
    await two.exchange(['a/1']);
    isBroken = true;
    await expect(one.exchange(['b/1'])).rejects.toThrow('no store');
    await two.exchange(['a/1']);
    expect([one.allowed(), two.allowed()]).toEqual([50, 0]);
    isBroken = false;
    await one.exchange(['b/1']);
    await two.exchange(['a/1']);
    expect([one.allowed(), two.allowed()]).toEqual([50, 50]);
  });

  test('that a replica leaves behind is what it has used', async () => {
    const book = await openBook();
    const one = replica('a/1', book);
    await one.exchange([]);
    one.use(30);
    await one.exchange([], { isLeaving: true });
    const two = replica('b/1', book);
    await two.exchange([]);
    expect(two.allowed()).toBe(70);
  });
});

describe('the share of one that is gone', () => {
  test('rests for a minute from when it was first missed', async () => {
    const book = await openBook();
    await replica('a/1', book).exchange([]);
    const two = replica('b/1', book);
    for (const [atMs, allowed] of [
      [1_000, 0],
      [63_000, 0],
      [63_001, 100],
    ] as const) {
      time.nowMs = atMs;
      await two.exchange([]);
      expect(two.allowed()).toBe(allowed);
    }
  });

  test('is free at once for one that has counted everything itself', async () => {
    const book = await openBook();
    await replica('a/1', book).exchange([]);
    const next = replica('a/2', book);
    await next.exchange([], { hasEverything: true });
    expect(next.allowed()).toBe(100);
  });
});
