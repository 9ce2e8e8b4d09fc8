import { describe, expect, test } from '@jest/globals';
import type { EventLog, Position, ReadOptions, StoredEvent } from '../ports.ts';
import { draft } from './drafts.ts';
import { faultFrom, type OpenLog, readAll, testEvents, withLog } from './log-under-test.ts';

export function followingContract(open: OpenLog): void {
  describe('a subscription', () => {
    test(
      'gives what is stored and then what becomes durable, each event once and in order',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([draft('before')]);
        const following = follow(log, 0n, { until: 'last' });
        for (let round = 0; round < 20; round += 1) {
          await Promise.all([1, 2, 3].map((n) => producer.append([draft(`${round}-${n}`), draft(`${round}-${n}-b`)])));
        }
        await producer.append([draft('last')]);
        const stored = testEvents(await readAll(log)).map(({ envelope }) => envelope.eventId);
        expect(await following).toEqual(stored);
        expect(stored).toHaveLength(122);
      }),
    );

    test(
      'wakes up from waiting at the end, as often as need be',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const events = log.subscribe(await log.end())[Symbol.asyncIterator]();
        for (const id of ['a', 'b', 'c']) {
          const next = events.next();
          await new Promise((resolve) => setTimeout(resolve, 20));
          await producer.append([draft(id)]);
          const { value } = await next;
          expect(value?.map(({ envelope }: { envelope: { eventId: string } }) => envelope.eventId)).toEqual([id]);
        }
        await events.return?.();
      }),
    );

    test(
      'begins after its position and gives only the types that were asked for',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const { position } = await producer.append([draft('skipped', { type: 'waybill.test.v1.Wanted' })]);
        const following = follow(log, position, { until: 'last', types: ['waybill.test.v1.Wanted'], batchSize: 2 });
        for (let index = 0; index < 30; index += 1) {
          const type = index % 5 === 0 ? 'waybill.test.v1.Wanted' : 'waybill.test.v1.Other';
          await producer.append([draft(`event-${index}`, { type })]);
        }
        await producer.append([draft('last', { type: 'waybill.test.v1.Wanted' })]);
        const wanted = [0, 5, 10, 15, 20, 25].map((index) => `event-${index}`);
        expect(await following).toEqual([...wanted, 'last']);
      }),
    );

    test(
      'serves several readers at their own pace',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const readers = [1, 7, 100].map((batchSize) => follow(log, 0n, { until: 'last', batchSize }));
        const ids = Array.from({ length: 60 }, (_, index) => `event-${index}`);
        await Promise.all([...ids, 'last'].map((id) => producer.append([draft(id)])));
        for (const seen of await Promise.all(readers)) expect(seen).toEqual([...ids, 'last']);
      }),
    );

    test(
      'gives the same events as reading what is stored, also of appends that repeat some or are refused',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        const following = follow(log, 0n, { until: 'last' }, (event) => event);
        const trace = { traceparent: '00-1-2-01', tracestate: 'x=y' };
        await producer.append([draft('a', { trace, version: 7 }), draft('ünïcode/✓', { payload: Buffer.alloc(0) })]);
        const other = draft('a', { payload: Buffer.from('other') });
        const appends = [[draft('b')], [draft('c'), draft('a', { trace, version: 7 })], [other, draft('no')]];
        await Promise.allSettled(appends.map((drafts) => producer.append(drafts)));
        await Promise.all([producer.append([draft('d')]), producer.append([draft('last')])]);
        const followed = await following;
        const reopened = await reopen();
        expect(followed).toEqual(testEvents(await readAll(reopened)));
        expect(followed.map(({ envelope }) => envelope.eventId)).toEqual(['a', 'ünïcode/✓', 'b', 'c', 'd', 'last']);
      }),
    );

    test(
      'ends quietly when its signal aborts, at work or waiting',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([draft('a')]);
        const abort = new AbortController();
        const busy = log.subscribe(0n, { batchSize: 1, signal: abort.signal })[Symbol.asyncIterator]();
        const waiting = log
          .subscribe(await log.end(), { signal: abort.signal })
          [Symbol.asyncIterator]()
          .next();
        expect((await busy.next()).done).toBe(false);
        await new Promise((resolve) => setTimeout(resolve, 20));
        abort.abort();
        expect((await busy.next()).done).toBe(true);
        expect((await waiting).done).toBe(true);
        for await (const _ of log.subscribe(0n, { signal: abort.signal })) throw new Error('it was aborted before');
      }),
    );

    test(
      'ends with a fault when the log is closed under it',
      withLog(open, async ({ log }) => {
        await log.openProducer('gateway');
        const next = log
          .subscribe(await log.end())
          [Symbol.asyncIterator]()
          .next();
        const outcome = faultFrom(next);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await log.close();
        expect((await outcome).kind).toBe('unavailable');
      }),
    );
  });
}

type FollowOptions = ReadOptions & { readonly until: string };

/** The test events that a subscription gives, up to the one named: their ids, or what is picked of them. */
function follow(log: EventLog, after: Position, options: FollowOptions): Promise<string[]>;
function follow<Seen>(
  log: EventLog,
  after: Position,
  options: FollowOptions,
  pick: (event: StoredEvent) => Seen,
): Promise<Seen[]>;
async function follow(
  log: EventLog,
  after: Position,
  options: FollowOptions,
  pick: (event: StoredEvent) => unknown = ({ envelope }) => envelope.eventId,
): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const batch of log.subscribe(after, options)) {
    seen.push(...testEvents(batch).map(pick));
    if (batch.at(-1)?.envelope.eventId === options.until) break;
  }
  return seen;
}
