// What NATS acknowledged and then lost, before and after the archive had it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { repairEventLog } from '../archive/repair.ts';
import { draft } from '../contract/drafts.ts';
import { faultFrom, numbersOf, numbersTo, readAll, testEvents } from '../contract/log-under-test.ts';
import type { EventLog, EventProducer } from '../ports.ts';
import { ensureStream } from './ensure-stream.ts';
import { hasServers, type Servers, type Shape, startServers } from './servers.fixture.ts';

const lease = { isHeld: () => true };

(hasServers ? describe : describe.skip)('a stream that has lost its tail (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;
  let log: EventLog;
  let producer: EventProducer;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
    log = await shape.openLog();
    producer = await log.openProducer('gateway/0');
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  async function append(...ids: string[]): Promise<void> {
    for (const id of ids) await producer.append([draft(id)], { fresh: true });
  }

  async function expectStored(...ids: string[]): Promise<void> {
    const events = await readAll(log);
    expect(testEvents(events).map(({ envelope }) => envelope.eventId)).toEqual(ids);
    expect(numbersOf(events, 'gateway/0', 1n)).toEqual(numbersTo(ids.length + 1));
  }

  test('gets again what the archive does not have', async () => {
    await append('a');
    await servers.keepNats();
    await append('b', 'c');
    await servers.restoreNats();
    await append('d');
    await shape.startArchiver();
    await expectStored('a', 'b', 'c', 'd');
    expect(shape.alarms).toEqual([]);
  });

  test('is not followed when the archive has it, until it is repaired', async () => {
    await shape.startArchiver();
    await append('a');
    await servers.keepNats();
    await append('b', 'c');
    await expectStored('a', 'b', 'c');
    await servers.restoreNats();
    const details = await shape.alarmed('event_log_behind_record');
    expect(details).toMatchObject({ damage: 'tail_lost', archive_sequence: '4', stream_last_sequence: '2' });
    await append('d');
    expect(await end(shape)).toBe(4n << 20n);
    const report = await repairEventLog({ ...shape, lease, alarm: () => undefined });
    expect(report).toMatchObject({ damage: 'tail_lost', rescuedBatches: 1, rescuedEvents: 1 });
    expect(report).toMatchObject({ inDoubt: { first: 4n, last: 4n }, continuesAfter: 5n });
    await append('e');
    await expectStored('a', 'b', 'c', 'd', 'e');
  });

  test('is known by its content when it has grown beyond the archive', async () => {
    const archiver = await shape.startArchiver();
    await append('a');
    await servers.keepNats();
    await append('b', 'c');
    await expectStored('a', 'b', 'c');
    await archiver.stop();
    await servers.restoreNats();
    await append('d', 'e', 'f');
    await shape.startArchiver();
    const details = await shape.alarmed('event_log_behind_record');
    expect(details).toMatchObject({ damage: 'other_content', archive_sequence: '4', stream_last_sequence: '5' });
    const report = await repairEventLog({ ...shape, lease, alarm: () => undefined });
    expect(report).toMatchObject({ rescuedBatches: 3, continuesAfter: 8n });
    await append('g');
    await expectStored('a', 'b', 'c', 'd', 'e', 'f', 'g');
  });

  test.each(['made anew', 'gone'])('and is %s altogether goes on after the record', async (how) => {
    await shape.startArchiver();
    await append('a');
    await expectStored('a');
    const { config } = await shape.link.manager.streams.info('WAYBILL');
    await shape.link.manager.streams.delete('WAYBILL');
    if (how === 'made anew') await shape.link.manager.streams.add(config);
    await shape.alarmed('event_log_behind_record');
    const writing = append('b');
    if (how === 'made anew') await writing;
    const report = await repairEventLog({ ...shape, lease, alarm: () => undefined });
    expect(how === 'made anew' ? ['tail_lost', 'other_content'] : ['missing']).toContain(report.damage);
    await writing;
    await append('c');
    await expectStored('a', 'b', 'c');
  });

  test('by a purge gets again what the server takes for known, and what is lost for good has to be accepted', async () => {
    await append('a', 'b');
    await shape.link.manager.streams.purge('WAYBILL', { seq: 4 });
    await append('c');
    await shape.startArchiver();
    expect(await shape.alarmed('event_log_behind_record')).toMatchObject({ damage: 'archive_behind' });
    const repair = { ...shape, lease, alarm: () => undefined };
    expect((await faultFrom(repairEventLog(repair))).details).toMatchObject({ damage: 'archive_behind' });
    const report = await repairEventLog({ ...repair, acceptLoss: true });
    expect(report.lost).toEqual({ first: 1n, last: 3n });
    await expectStored('a', 'b', 'c');
  });

  test('loses nothing when the repair is stopped and run again', async () => {
    await shape.startArchiver();
    await servers.keepNats();
    await append('a');
    await expectStored('a');
    await servers.restoreNats();
    await shape.alarmed('event_log_behind_record');
    await append('b');
    const isHeld = () => false;
    await expect(repairEventLog({ ...shape, lease: { isHeld }, alarm: () => undefined })).rejects.toMatchObject({
      fault: { kind: 'conflict', details: { reason: 'repair_disturbed' } },
    });
    const closed = await ensureStream({ nats: shape.nats, isArchiveEmpty: false, alarm: () => undefined });
    expect(closed.isNew).toBe(false);
    const writing = append('c');
    const report = await repairEventLog({ ...shape, lease, alarm: () => undefined });
    expect(report).toMatchObject({ damage: 'under_repair', rescuedBatches: 0 });
    await writing;
    await expectStored('a', 'b', 'c');
  });
});

async function end({ mongodb }: Shape): Promise<bigint> {
  const found = await mongodb.database('events').collection('checkpoint').findOne({});
  return found?.end;
}
