// What every store of answers keeps to.
import { describe, expect, test } from '@jest/globals';
import { CallSummary } from '@waybill/contracts';
import type { AnswerStore } from '../ports.ts';

export interface StoreOptions {
  readonly key?: Buffer;
  readonly retentionMs?: number;
  readonly maxBytes?: number;
}

export interface StoreUnderTest {
  /** Over what was kept before in the same test. */
  open(options?: StoreOptions): Promise<AnswerStore>;
  /** Makes everything that is kept older by this, milliseconds. */
  age(byMs: number): Promise<void>;
  /** Changes, cuts or renames what is kept under a name, as somebody with access to the store could. */
  spoil(name: string, how: 'changed' | 'cut' | 'renamed', to?: string): Promise<void>;
}

export const nameOf = (digit: number) => String(digit).repeat(64);

export const answer = (text: string) => ({
  requestDigest: Buffer.alloc(32, 7),
  parts: [{ part: { $case: 'text' as const, value: { text } } }],
  summary: CallSummary.fromPartial({ callId: 'call_1', costPicoUsd: 5n }),
});

const digest = Buffer.alloc(32, 7);
const isRefused = { isOurs: false, requestDigest: digest };

export function answersContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    test('keeps an answer as it was, also for another store over the same', async () => {
      const { open } = await make();
      await (await open()).save(nameOf(1), answer('hello'));
      expect(await (await open()).load(nameOf(1))).toEqual(answer('hello'));
      expect(await (await open()).load(nameOf(2))).toBeUndefined();
    });

    test('replaces an answer by a later one', async () => {
      const store = await (await make()).open();
      await store.save(nameOf(1), answer('hello'));
      await store.save(nameOf(1), answer('later'));
      expect(await store.load(nameOf(1))).toEqual(answer('later'));
    });

    test('keeps no answer longer than it should, before and after a restart', async () => {
      const { open, age } = await make();
      const store = await open({ retentionMs: 60_000 });
      await store.save(nameOf(1), answer('hello'));
      await age(60_002);
      expect(await store.load(nameOf(1))).toBeUndefined();
      expect(await (await open({ retentionMs: 60_000 })).load(nameOf(1))).toBeUndefined();
    });

    test('lets the oldest go when there is no more room, and keeps none that is larger than all room', async () => {
      const store = await (await make()).open({ maxBytes: 3_000 });
      for (const digit of [1, 2, 3, 4]) await store.save(nameOf(digit), answer('x'.repeat(900)));
      expect(await store.load(nameOf(1))).toBeUndefined();
      expect(await store.load(nameOf(4))).toBeDefined();
      await store.save(nameOf(5), answer('x'.repeat(5_000)));
      expect(await store.load(nameOf(5))).toBeUndefined();
      expect(await store.load(nameOf(4))).toBeDefined();
    });

    test.each(['changed', 'cut'] as const)('gives back nothing that was %s', async (how) => {
      const { open, spoil } = await make();
      const store = await open();
      await store.save(nameOf(1), answer('hello'));
      await spoil(nameOf(1), how);
      expect(await store.load(nameOf(1))).toBeUndefined();
    });

    test('gives back nothing under another name, or by another key', async () => {
      const { open, spoil } = await make();
      await (await open()).save(nameOf(1), answer('hello'));
      expect(await (await open({ key: Buffer.alloc(32, 2) })).load(nameOf(1))).toBeUndefined();
      await spoil(nameOf(1), 'renamed', nameOf(2));
      expect(await (await open()).load(nameOf(2))).toBeUndefined();
    });

    test('gives a key to one at a time, and tells the others what for', async () => {
      const store = await (await make()).open();
      const claims = await Promise.all([1, 2, 3].map(() => store.claim(nameOf(1), digest)));
      expect(claims.filter(({ isOurs }) => isOurs)).toHaveLength(1);
      expect(claims.filter(({ isOurs }) => !isOurs)).toEqual([isRefused, isRefused]);
      expect((await store.claim(nameOf(2), digest)).isOurs).toBe(true);
    });

    test('gives a key that was released to the next one, and to one only', async () => {
      const store = await (await make()).open();
      const first = await store.claim(nameOf(1), digest);
      if (!first.isOurs) throw new Error('nobody has claimed it before');
      await first.release();
      expect((await store.claim(nameOf(1), digest)).isOurs).toBe(true);
      // The first has nothing to release any more.
      await first.release();
      expect(await store.claim(nameOf(1), digest)).toEqual(isRefused);
    });
  });
}
