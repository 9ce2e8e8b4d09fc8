import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { faultFrom, numbersOf, numbersTo, readAll, storedIds } from '../contract/log-under-test.ts';
import { hasServers, type Servers, type Shape, startServers } from '../jetstream/servers.fixture.ts';
import type { EventLog, EventProducer } from '../ports.ts';

const fresh = { fresh: true };
const keptMessages = 5;

(hasServers ? describe : describe.skip)('a stream that is trimmed (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;
  let log: EventLog;

  beforeAll(async () => {
    servers = await startServers();
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  async function appendAll(producer: EventProducer, prefix: string, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    for (const id of ids) await producer.append([draft(id)], fresh);
    return ids;
  }

  /** Resolves when the messages up to the sequence are gone. */
  async function isTrimmedTo(sequence: number): Promise<void> {
    for (;;) {
      const { state } = await shape.link.manager.streams.info('WAYBILL');
      if (state.first_seq > sequence) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  describe('below what the archive has', () => {
    beforeEach(async () => {
      shape = await servers.makeShape();
      log = await shape.openLog();
      await shape.startArchiver({ keptMessages });
    });

    test('keeps its last messages, and everything can be read', async () => {
      const ids = await appendAll(await log.openProducer('gateway/0'), 'event', 150);
      await isTrimmedTo(100);
      const { state } = await shape.link.manager.streams.info('WAYBILL');
      expect(state.messages).toBeGreaterThanOrEqual(keptMessages);
      expect(await storedIds(log)).toEqual(ids);
    });

    test('takes what a producer writes of which it holds nothing any more', async () => {
      const idle = await log.openProducer('cost/0');
      await idle.append([draft('first')], fresh);
      const busy = await appendAll(await log.openProducer('gateway/0'), 'event', 150);
      await isTrimmedTo(3);
      await idle.append([draft('second')], fresh);
      const next = await log.openProducer('cost/0');
      expect(next.epoch).toBe(2n);
      await next.append([draft('third')], fresh);
      expect(await storedIds(log)).toEqual(['first', ...busy, 'second', 'third']);
      expect(numbersOf(await readAll(log), 'cost/0', 1n)).toEqual(numbersTo(3));
      expect(shape.alarms).toEqual([]);
    });

    test('does not let an epoch go on of whose successor it holds nothing any more', async () => {
      const old = await log.openProducer('cost/0');
      const other = await shape.openLog();
      await other.openProducer('cost/0');
      await appendAll(await log.openProducer('gateway/0'), 'event', 150);
      await isTrimmedTo(3);
      const fault = await faultFrom(old.append([draft('late')], fresh));
      expect(fault.details.reason).toBe('epoch_superseded');
      expect(await storedIds(log)).not.toContain('late');
    });
  });

  test('and full refuses nothing for good: appends wait until there is room, after an alarm', async () => {
    shape = await servers.makeShape({ maxBytes: 200_000 });
    log = await shape.openLog({ withinMs: 2_000 });
    const producer = await log.openProducer('gateway/0');
    const large = (id: string) => draft(id, { payload: Buffer.from(id.padEnd(1_500, '.')) });
    const ids = Array.from({ length: 150 }, (_, index) => `event-${index}`);
    const appends: string[] = [];
    for (let isRoom = true; isRoom; ) {
      const id = ids[appends.length]!;
      appends.push(id);
      isRoom = await producer.append([large(id)], fresh).then(
        () => true,
        (error) => error.fault.kind !== 'unavailable',
      );
    }
    await shape.startArchiver({ keptMessages: 1 });
    await shape.alarmed('event_log_filling');
    await producer.append([large(appends.at(-1)!)]).catch(() => undefined);
    while ((await storedIds(log)).length < appends.length) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await storedIds(log)).toEqual(appends);
  });
});
