import { describe, expect, test } from '@jest/globals';
import { draft } from './drafts.ts';
import {
  faultFrom,
  numbersOf,
  numbersTo,
  type OpenLog,
  readAll,
  storedIds,
  testEvents,
  withLog,
} from './log-under-test.ts';

export function appendingContract(open: OpenLog): void {
  describe('appending', () => {
    test(
      'stores what it was given, in order, and still has it when opened again',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        const drafts = [
          draft('a', { trace: { traceparent: '00-1-2-01', tracestate: 'x=y' }, causationId: 'request-1' }),
          draft('ünïcode/✓', { version: 7, occurredAtMicros: -5n, tenantId: '' }),
          draft('large', { payload: Buffer.alloc(50_000, 3) }),
          draft('empty', { payload: Buffer.alloc(0) }),
        ];
        const { position, duplicates } = await producer.append(drafts);
        const events = testEvents(await readAll(await reopen()));
        const stamped = drafts.map((given, index) => ({
          ...given,
          producer: { producerId: 'gateway', epoch: 1n, number: BigInt(index + 2) },
        }));
        expect(events.map(({ envelope }) => envelope)).toEqual(stamped);
        expect(duplicates).toBe(0);
        expect(events.at(-1)?.position).toBe(position);
      }),
    );

    test(
      'keeps the order of appends that do not wait for each other',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const ids = Array.from({ length: 500 }, (_, index) => `event-${index}`);
        const appended = await Promise.all(ids.map((id) => producer.append([draft(id)])));
        const events = testEvents(await readAll(log));
        expect(events.map(({ envelope }) => envelope.eventId)).toEqual(ids);
        expect(appended.map(({ position }) => position)).toEqual(events.map(({ position }) => position));
        expect(numbersOf(await readAll(log), 'gateway', 1n)).toEqual(numbersTo(501));
      }),
    );

    test(
      'takes the events as they are when it is called',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const payload = Buffer.from('before');
        const appending = producer.append([draft('a', { payload })]);
        payload.write('after!');
        await appending;
        expect(testEvents(await readAll(log))[0]?.envelope.payload.toString()).toBe('before');
      }),
    );

    test(
      'is finished before the log is closed',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        const appending = [{}, { fresh: true }, {}].map((options, index) =>
          producer.append([draft(`event-${index}`)], options),
        );
        const reopened = await reopen();
        const appended = await Promise.all(appending);
        const events = testEvents(await readAll(reopened));
        expect(events).toHaveLength(3);
        for (const { position } of appended) expect(events.map((event) => event.position)).toContain(position);
      }),
    );

    test(
      'of nothing changes nothing',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const end = await log.end();
        expect(await producer.append([])).toEqual({ position: end, duplicates: 0 });
        expect(await log.end()).toBe(end);
      }),
    );

    test(
      'refuses an event without an id, type or stream, and stores nothing of the batch',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        for (const field of ['eventId', 'type', 'streamId']) {
          const fault = await faultFrom(producer.append([draft('a'), draft('b', { [field]: '' })]));
          expect(fault).toMatchObject({ kind: 'invalid', details: { field } });
        }
        expect(await storedIds(log)).toEqual([]);
      }),
    );
  });

  describe('an event that is stored already', () => {
    test(
      'is counted and not stored again, and uses no number',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const first = await producer.append([draft('a'), draft('b')]);
        const again = await producer.append([draft('a'), draft('b')]);
        expect(again).toEqual({ position: first.position, duplicates: 2 });
        expect(await producer.append([draft('b'), draft('c'), draft('c')])).toMatchObject({ duplicates: 2 });
        expect(await storedIds(log)).toEqual(['a', 'b', 'c']);
        expect(numbersOf(await readAll(log), 'gateway', 1n)).toEqual(numbersTo(4));
      }),
    );

    test(
      'is known whoever repeats it, also after the log was opened again',
      withLog(open, async ({ log, reopen }) => {
        await (await log.openProducer('gateway')).append([draft('a')]);
        expect(await (await log.openProducer('cost')).append([draft('a')])).toMatchObject({ duplicates: 1 });
        const reopened = await reopen();
        expect(await (await reopened.openProducer('gateway')).append([draft('a')])).toMatchObject({ duplicates: 1 });
        expect(await storedIds(reopened)).toEqual(['a']);
      }),
    );

    test.each([
      ['payload', { payload: Buffer.from('other') }],
      ['longer payload', { payload: Buffer.from('payload of a and more') }],
      ['type', { type: 'waybill.test.v1.Other' }],
      ['stream', { streamId: 'call/other' }],
      ['time', { occurredAtMicros: 1n }],
    ])('is a conflict with another %s: nothing of the append is stored and no number is used', (_, different) =>
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([draft('a')]);
        const fault = await faultFrom(producer.append([draft('new'), draft('a', different), draft('newer')]));
        expect(fault).toMatchObject({ kind: 'conflict', details: { event_id: 'a' } });
        await producer.append([draft('b')]);
        expect(await storedIds(log)).toEqual(['a', 'b']);
        expect(numbersOf(await readAll(log), 'gateway', 1n)).toEqual(numbersTo(3));
      })(),
    );

    test(
      'does not stop other appends of the same commit',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([draft('taken')]);
        const other = draft('taken', { payload: Buffer.from('other') });
        const appends = [[draft('a')], [draft('b'), other], [draft('c')], [other, draft('d')], [draft('e')]];
        const outcomes = await Promise.allSettled(appends.map((events) => producer.append(events)));
        expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, true]);
        expect(await storedIds(log)).toEqual(['taken', 'a', 'c', 'e']);
        expect(numbersOf(await readAll(log), 'gateway', 1n)).toEqual(numbersTo(5));
      }),
    );
  });

  describe('that the caller vouches for', () => {
    const fresh = { fresh: true };

    test(
      'is stored like any other',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        const appended = await Promise.all(['a', 'b', 'c'].map((id) => producer.append([draft(id)], fresh)));
        const events = testEvents(await readAll(await reopen()));
        expect(events.map(({ envelope }) => envelope.eventId)).toEqual(['a', 'b', 'c']);
        expect(appended.map(({ position }) => position)).toEqual(events.map(({ position }) => position));
        expect(appended.every(({ duplicates }) => duplicates === 0)).toBe(true);
      }),
    );

    test(
      'is stored once all the same, at the same time or later, by whomever',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        const appends = [fresh, fresh, {}].map((options) => producer.append([draft('a'), draft('b')], options));
        expect((await Promise.all(appends)).at(-1)).toMatchObject({ duplicates: 2 });
        await (await log.openProducer('cost')).append([draft('b')], fresh);
        const reopened = await reopen();
        await (await reopened.openProducer('gateway')).append([draft('a'), draft('c')], fresh);
        expect(await storedIds(reopened)).toEqual(['a', 'b', 'c']);
      }),
    );

    test(
      'never replaces what is there',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([draft('a')]);
        await producer.append([draft('a', { payload: Buffer.from('other') })], fresh).catch(() => undefined);
        await producer.append([draft('b')]);
        const [event] = await log.readStream('call/a');
        expect(event?.envelope.payload.toString()).toBe('payload of a');
        expect(await storedIds(log)).toEqual(['a', 'b']);
      }),
    );

    test(
      'expects a version as any other does',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const onStream = (id: string, version: bigint) =>
          producer.append([draft(id, { streamId: 'call/1' })], {
            ...fresh,
            expectedVersion: { streamId: 'call/1', version },
          });
        await onStream('a', 0n);
        expect((await faultFrom(onStream('b', 0n))).details.reason).toBe('wrong_version');
      }),
    );
  });

  describe('with an expected version', () => {
    const onStream = (id: string) => draft(id, { streamId: 'call/1' });
    const expecting = (version: bigint) => ({ expectedVersion: { streamId: 'call/1', version } });

    test(
      'stores when the stream holds that many events, and else refuses',
      withLog(open, async ({ log, reopen }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([onStream('a'), draft('elsewhere'), onStream('b')], expecting(0n));
        for (const version of [0n, 1n, 3n]) {
          const fault = await faultFrom(producer.append([onStream('c')], expecting(version)));
          expect(fault).toMatchObject({ kind: 'conflict', details: { reason: 'wrong_version', actual_version: '2' } });
        }
        const reopened = await (await reopen()).openProducer('gateway');
        await reopened.append([onStream('c')], expecting(2n));
        await reopened.append([onStream('d')], expecting(3n));
      }),
    );

    test(
      'lets one of several through that race',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const racing = ['a', 'b', 'c'].map((id) => producer.append([onStream(id)], expecting(0n)));
        const outcomes = await Promise.allSettled(racing);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await log.readStream('call/1')).toHaveLength(1);
        expect(numbersOf(await readAll(log), 'gateway', 1n)).toEqual(numbersTo(2));
      }),
    );

    test(
      'takes a repeat for the success it was, although the stream has grown by it',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append([onStream('a')], expecting(0n));
        expect(await producer.append([onStream('a')], expecting(0n))).toMatchObject({ duplicates: 1 });
        const half = await faultFrom(producer.append([onStream('a'), onStream('b')], expecting(0n)));
        expect(half.kind).toBe('conflict');
        expect(await storedIds(log)).toEqual(['a']);
      }),
    );
  });
}
