// NATS ends while it is written to, and is gone for a while.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { faultFrom, numbersOf, numbersTo, readAll, testEvents } from '../contract/log-under-test.ts';
import type { EventLog, EventProducer } from '../ports.ts';
import { hasServers, type Servers, type Shape, startServers } from './servers.fixture.ts';

(hasServers ? describe : describe.skip)('NATS that is killed (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;
  let log: EventLog;
  let producer: EventProducer;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
    await shape.startArchiver();
    log = await shape.openLog({ withinMs: 8_000, maxPendingBytes: 500_000 });
    producer = await log.openProducer('gateway/0');
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  async function stored(): Promise<string[]> {
    const events = await readAll(log);
    const own = events.filter(({ envelope }) => envelope.producer?.producerId === 'gateway/0');
    expect(numbersOf(events, 'gateway/0', 1n)).toEqual(numbersTo(own.length));
    return testEvents(events).map(({ envelope }) => envelope.eventId);
  }

  test('again and again under appends has each of them once', async () => {
    const ids = Array.from({ length: 600 }, (_, index) => `event-${index}`);
    const appending = Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (const id of ids.filter((_id, index) => index % 8 === lane)) {
          await producer.append([draft(id)], { fresh: true });
        }
      }),
    );
    for (let cycle = 0; cycle < 3; cycle += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40 + 30 * cycle));
      await servers.crashNats();
    }
    await appending;
    expect((await stored()).sort()).toEqual([...ids].sort());
  });

  test('and stays away is waited for: what was refused in the meantime is not lost, and may be given again', async () => {
    const impatient = await (await shape.openLog({ withinMs: 1_000, maxPendingBytes: 100_000 })).openProducer('cost/0');
    await impatient.append([draft('before')], { fresh: true });
    const appends: Promise<unknown>[] = [];
    await servers.crashNats(async () => {
      const first = await faultFrom(impatient.append([draft('meanwhile')], { fresh: true }));
      expect(first).toMatchObject({ kind: 'unavailable', details: { reason: 'not_answered' } });
      appends.push(impatient.append([draft('meanwhile')], { fresh: true }).catch(() => undefined));
      const large = draft('large', { payload: Buffer.alloc(200_000) });
      const full = await faultFrom(impatient.append([large], { fresh: true }));
      expect(full).toMatchObject({ kind: 'unavailable', details: { reason: 'queue_full' } });
    });
    await Promise.all(appends);
    expect(await impatient.append([draft('meanwhile')])).toMatchObject({ duplicates: 1 });
    expect(await stored()).toEqual(['before', 'meanwhile']);
  });
});
