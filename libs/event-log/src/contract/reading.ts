import { describe, expect, test } from '@jest/globals';
import { draft } from './drafts.ts';
import { faultFrom, type OpenLog, readAll, storedIds, testEvents, withLog } from './log-under-test.ts';

export function readingContract(open: OpenLog): void {
  const ids = Array.from({ length: 25 }, (_, index) => `event-${index}`);

  describe('reading', () => {
    test(
      'begins after the position and keeps to the size of a batch',
      withLog(open, async ({ log }) => {
        await (await log.openProducer('gateway')).append(ids.map((id) => draft(id)));
        const all = await readAll(log);
        const sizes: number[] = [];
        const rest: string[] = [];
        for await (const batch of log.read(all[9]!.position, { batchSize: 4 })) {
          sizes.push(batch.length);
          rest.push(...batch.map(({ envelope }) => envelope.eventId));
        }
        expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
        expect(rest).toEqual(all.slice(10).map(({ envelope }) => envelope.eventId));
        expect(await readAll(log, all.at(-1)!.position)).toEqual([]);
      }),
    );

    test(
      'fills its batches up to the last one, however few events of an append are wanted',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const wanted = 'waybill.test.v1.Wanted';
        for (let index = 0; index < 50; index += 1) {
          await producer.append([draft(`other-${index}`), draft(`wanted-${index}`, { type: wanted })]);
        }
        const sizes: number[] = [];
        for await (const batch of log.read(0n, { types: [wanted], batchSize: 20 })) sizes.push(batch.length);
        expect(sizes).toEqual([20, 20, 10]);
      }),
    );

    test(
      'gives positions that grow and are above 0, of which the last is the end',
      withLog(open, async ({ log }) => {
        expect(await log.end()).toBe(0n);
        expect(await readAll(log)).toEqual([]);
        await (await log.openProducer('gateway')).append(ids.map((id) => draft(id)));
        const positions = (await readAll(log)).map(({ position }) => position);
        expect(positions[0]).toBeGreaterThan(0n);
        expect(positions.every((position, index) => index === 0 || position > positions[index - 1]!)).toBe(true);
        expect(await log.end()).toBe(positions.at(-1));
      }),
    );

    test(
      'stops at what was the end when it began',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await producer.append(ids.map((id) => draft(id)));
        const seen: string[] = [];
        for await (const batch of log.read(0n, { batchSize: 5 })) {
          seen.push(...testEvents(batch).map(({ envelope }) => envelope.eventId));
          await producer.append([draft(`later-${seen.length}`)]);
        }
        expect(seen).toEqual(ids);
      }),
    );

    test(
      'gives only the types that were asked for',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const types = ['waybill.test.v1.A', 'waybill.test.v1.B', 'waybill.test.v1.C'];
        await producer.append(ids.map((id, index) => draft(id, { type: types[index % 3] })));
        const wanted = ids.filter((_, index) => index % 3 !== 1);
        expect(await storedIds(log, { types: [types[0]!, types[2]!], batchSize: 3 })).toEqual(wanted);
        expect(await readAll(log, 0n, { types: ['waybill.test.v1.Never'] })).toEqual([]);
        expect(await readAll(log, 0n, { types: [] })).toEqual([]);
      }),
    );

    test(
      'of a stream gives its events alone, in order',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const streamId = (index: number) => `call/${index % 4}`;
        await Promise.all(ids.map((id, index) => producer.append([draft(id, { streamId: streamId(index) })])));
        const stream = await log.readStream('call/2');
        expect(stream.map(({ envelope }) => envelope.eventId)).toEqual(ids.filter((_, index) => index % 4 === 2));
        expect(await log.readStream('call/none')).toEqual([]);
      }),
    );

    test(
      'of much more than a page gives everything once',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const many = Array.from({ length: 2_500 }, (_, index) => `many-${index}`);
        await producer.append(many.map((id) => draft(id, { payload: Buffer.alloc(id.endsWith('99') ? 300_000 : 10) })));
        expect(await storedIds(log)).toEqual(many);
      }),
    );

    test(
      'ends with a fault when its signal aborts, so that it is not taken for the end',
      withLog(open, async ({ log }) => {
        await (await log.openProducer('gateway')).append(ids.map((id) => draft(id)));
        const abort = new AbortController();
        const reading = async () => {
          for await (const _ of log.read(0n, { batchSize: 2, signal: abort.signal })) abort.abort();
        };
        expect((await faultFrom(reading())).kind).toBe('cancelled');
      }),
    );

    test(
      'from beyond the end is a conflict: the log is another one, or has lost its tail',
      withLog(open, async ({ log }) => {
        await log.openProducer('gateway');
        const beyond = (await log.end()) + 1n;
        const reading = await faultFrom(readAll(log, beyond));
        expect(reading).toMatchObject({ kind: 'conflict', details: { reason: 'beyond_end' } });
        const following = await faultFrom(log.subscribe(beyond)[Symbol.asyncIterator]().next());
        expect(following).toMatchObject({ kind: 'conflict', details: { reason: 'beyond_end' } });
      }),
    );

    test(
      'and writing after the log was closed is refused',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        await log.close();
        await log.close();
        expect((await faultFrom(producer.append([draft('late')]))).kind).toBe('unavailable');
        expect((await faultFrom(log.end())).kind).toBe('unavailable');
      }),
    );
  });
}
