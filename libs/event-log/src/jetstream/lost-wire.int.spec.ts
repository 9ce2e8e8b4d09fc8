// Connections that break at the wrong moment.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { numbersOf, numbersTo, readAll, testEvents } from '../contract/log-under-test.ts';
import type { EventLog } from '../ports.ts';
import type { JetStreamEventLogOptions } from './jetstream-event-log.ts';
import { hasServers, type Servers, type Shape, startServers } from './servers.fixture.ts';
import { startProxy, type TcpProxy } from './tcp-proxy.fixture.ts';

(hasServers ? describe : describe.skip)('a connection to NATS (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;
  let proxy: TcpProxy;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
    proxy = await startProxy(servers.nats().port);
  });

  afterEach(async () => {
    await shape.dispose();
    await proxy.close();
  });

  afterAll(() => servers.stop());

  function openThroughProxy(different: Partial<JetStreamEventLogOptions> = {}): Promise<EventLog> {
    return shape.openLog({ nats: { ...shape.nats, urls: [`nats://127.0.0.1:${proxy.port}`] }, ...different });
  }

  async function storedIn(log: EventLog): Promise<string[]> {
    const events = await readAll(log);
    expect(numbersOf(events, 'gateway/0', 1n)).toEqual(numbersTo(events.length));
    return testEvents(events).map(({ envelope }) => envelope.eventId);
  }

  test('that loses an acknowledgement does not make the event be stored twice', async () => {
    await shape.startArchiver();
    const producer = await (await openThroughProxy()).openProducer('gateway/0');
    await producer.append([draft('a')], { fresh: true });
    proxy.swallowAnswers();
    const appending = producer.append([draft('b')], { fresh: true });
    await lastSequence(shape, 3);
    proxy.cut();
    expect((await appending).position).toBe(3n << 20n);
    await producer.append([draft('c')], { fresh: true });
    expect(await lastSequence(shape, 4)).toBe(4);
    expect(await storedIn(await shape.openLog())).toEqual(['a', 'b', 'c']);
  });

  test('that loses the acknowledgement of an opening opens one epoch', async () => {
    await shape.startArchiver();
    const log = await openThroughProxy();
    proxy.swallowAnswers();
    const opening = log.openProducer('gateway/0');
    await new Promise((resolve) => setTimeout(resolve, 200));
    proxy.cut();
    expect((await opening).epoch).toBe(1n);
    expect(await lastSequence(shape, 1)).toBe(1);
  });

  test('that is half open is noticed by itself, and nothing is lost by it', async () => {
    await shape.startArchiver();
    const log = await openThroughProxy({ withinMs: 25_000 });
    const producer = await log.openProducer('gateway/0');
    proxy.fallSilent();
    await producer.append([draft('a')], { fresh: true });
    expect(await storedIn(log)).toEqual(['a']);
  });
});

/** Resolves with the stream's last sequence when it has come so far. */
async function lastSequence({ link }: Shape, wanted: number): Promise<number> {
  for (;;) {
    const { state } = await link.manager.streams.info('WAYBILL');
    if (state.last_seq >= wanted) return state.last_seq;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
