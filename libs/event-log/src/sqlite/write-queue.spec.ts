import { describe, expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { draft } from '../contract/drafts.ts';
import type { WriteAnswer, WriteBatch } from './messages.ts';
import { createWriteQueue } from './write-queue.ts';

const request = { producerId: 'gateway', epoch: 1n };
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A channel whose commits end when the test says so. */
function createHeldChannel() {
  const batches: WriteBatch[] = [];
  const answers: ((outcome: Promise<WriteAnswer>) => void)[] = [];
  const ask = (batch: WriteBatch) => {
    batches.push(batch);
    return new Promise<WriteAnswer>((resolve) => answers.push(resolve));
  };
  const succeed = () => {
    const outcomes = batches.at(-1)!.requests.map(() => ({
      kind: 'stored' as const,
      appended: { position: 1n, duplicates: 0 },
      lastNumber: 1n,
    }));
    answers.at(-1)?.(Promise.resolve({ outcomes, end: 1n }));
  };
  const fail = () => answers.at(-1)?.(Promise.reject(new FaultError(fault('unavailable', 'gone'))));
  return { batches, succeed, fail, channel: { ask, close: () => Promise.resolve() } };
}

describe('the write queue', () => {
  test('puts what comes in one turn, and what comes while a commit runs, into one commit each', async () => {
    const { batches, succeed, channel } = createHeldChannel();
    const queue = createWriteQueue(channel, () => undefined);
    const appended = [1, 2, 3].map((n) => queue.submit(request, [draft(`a${n}`)]));
    await turn();
    for (const n of [1, 2, 3, 4]) {
      appended.push(queue.submit(request, [draft(`b${n}`)]));
      await turn();
    }
    expect(batches.map(({ requests }) => requests.length)).toEqual([3]);
    succeed();
    await turn();
    expect(batches.map(({ requests }) => requests.length)).toEqual([3, 4]);
    succeed();
    await queue.drained();
    expect((await Promise.all(appended)).every(({ kind }) => kind === 'stored')).toBe(true);
  });

  test('answers each append of a commit that failed, and goes on', async () => {
    const { succeed, fail, channel } = createHeldChannel();
    const queue = createWriteQueue(channel, () => undefined);
    const lost = [queue.submit(request, [draft('a')]), queue.submit(request, [draft('b')])];
    await turn();
    fail();
    for (const outcome of await Promise.all(lost)) expect(outcome).toMatchObject({ kind: 'refused' });
    const next = queue.submit(request, [draft('c')]);
    await turn();
    succeed();
    expect((await next).kind).toBe('stored');
  });

  test('refuses more than it may hold', async () => {
    const { channel } = createHeldChannel();
    const queue = createWriteQueue(channel, () => undefined);
    const payload = Buffer.alloc(40 * 1024 * 1024);
    void queue.submit(request, [draft('a', { payload })]);
    void queue.submit(request, [draft('b', { payload })]);
    await expect(queue.submit(request, [draft('c')])).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
  });
});
