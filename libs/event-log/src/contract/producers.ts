import { describe, expect, test } from '@jest/globals';
import { ProducerEpochClosed, ProducerEpochOpened } from '@waybill/contracts';
import type { StoredEvent } from '../ports.ts';
import { draft } from './drafts.ts';
import { faultFrom, numbersOf, numbersTo, type OpenLog, readAll, storedIds, withLog } from './log-under-test.ts';

export function producersContract(open: OpenLog): void {
  describe('a producer', () => {
    test(
      'opens an epoch as number 1 of it, naming the one before and its last durable number',
      withLog(open, async ({ log, reopen }) => {
        const first = await log.openProducer('gateway');
        await first.append([draft('a'), draft('b')]);
        const second = await log.openProducer('gateway');
        const third = await (await reopen()).openProducer('gateway');
        expect([first.epoch, second.epoch, third.epoch]).toEqual([1n, 2n, 3n]);
        expect(openedIn(await readAll(await reopen()))).toEqual([
          { producerId: 'gateway', epoch: 1n, previousEpoch: 0n, previousLastNumber: 0n },
          { producerId: 'gateway', epoch: 2n, previousEpoch: 1n, previousLastNumber: 3n },
          { producerId: 'gateway', epoch: 3n, previousEpoch: 2n, previousLastNumber: 1n },
        ]);
      }),
    );

    test(
      'writes the opening under a deterministic id into a stream of its own',
      withLog(open, async ({ log }) => {
        await log.openProducer('gateway');
        const [opened] = await log.readStream('producer/gateway');
        expect(opened?.envelope).toMatchObject({
          eventId: 'gateway/1/opened',
          type: 'waybill.event.v1.ProducerEpochOpened',
          version: 1,
          producer: { producerId: 'gateway', epoch: 1n, number: 1n },
        });
      }),
    );

    test(
      'is refused once a newer epoch of it is open',
      withLog(open, async ({ log }) => {
        const old = await log.openProducer('gateway');
        const inFlight = old.append([draft('in-flight')]);
        const current = await log.openProducer('gateway');
        await inFlight;
        const fault = await faultFrom(old.append([draft('late')]));
        expect(fault).toMatchObject({ kind: 'conflict', details: { reason: 'epoch_superseded' } });
        await current.append([draft('fresh')]);
        expect(await storedIds(log)).toEqual(['in-flight', 'fresh']);
        expect((await faultFrom(old.close())).details.reason).toBe('epoch_superseded');
      }),
    );

    test(
      'opened several times at once gets as many epochs, the newest of which may append',
      withLog(open, async ({ log }) => {
        const opened = await Promise.all([1, 2, 3].map(() => log.openProducer('gateway')));
        expect(opened.map(({ epoch }) => epoch).sort()).toEqual([1n, 2n, 3n]);
        const outcomes = await Promise.allSettled(opened.map(({ append, epoch }) => append([draft(`by-${epoch}`)])));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await storedIds(log)).toEqual(['by-3']);
      }),
    );

    test(
      'numbers its own events, whatever others write between them',
      withLog(open, async ({ log }) => {
        const gateway = await log.openProducer('gateway');
        const cost = await log.openProducer('cost');
        const appends = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? cost : gateway));
        await Promise.all(appends.map(({ append }, index) => append([draft(`x${index}`), draft(`y${index}`)])));
        const events = await readAll(log);
        expect(numbersOf(events, 'cost', 1n)).toEqual(numbersTo(29));
        expect(numbersOf(events, 'gateway', 1n)).toEqual(numbersTo(53));
      }),
    );

    test(
      'closes its epoch after everything in flight and takes nothing more',
      withLog(open, async ({ log }) => {
        const producer = await log.openProducer('gateway');
        const inFlight = ['a', 'b', 'c'].map((id) => producer.append([draft(id)]));
        await Promise.all([...inFlight, producer.close()]);
        expect((await faultFrom(producer.append([draft('late')]))).kind).toBe('conflict');
        const events = await readAll(log);
        const last = events.at(-1)!.envelope;
        expect(last.type).toBe('waybill.event.v1.ProducerEpochClosed');
        expect(ProducerEpochClosed.decode(last.payload)).toEqual({ producerId: 'gateway', epoch: 1n });
        expect(numbersOf(events, 'gateway', 1n)).toEqual(numbersTo(5));
        const next = await log.openProducer('gateway');
        expect(next.epoch).toBe(2n);
        expect(openedIn(await readAll(log)).at(-1)).toMatchObject({ previousEpoch: 1n, previousLastNumber: 5n });
      }),
    );
  });
}

function openedIn(events: readonly StoredEvent[]): ProducerEpochOpened[] {
  const opened = events.filter(({ envelope }) => envelope.type === 'waybill.event.v1.ProducerEpochOpened');
  return opened.map(({ envelope }) => ProducerEpochOpened.decode(envelope.payload));
}
