import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Lease } from '@waybill/leases';
import { encodeBatch } from '../batch-body.ts';
import { draft } from '../contract/drafts.ts';
import { faultFrom, numbersOf, numbersTo, readAll, storedIds } from '../contract/log-under-test.ts';
import { encodeDraft } from '../envelope-bytes.ts';
import { hasServers, type Servers, type Shape, startServers } from '../jetstream/servers.fixture.ts';
import { subjectsOf } from '../jetstream/subjects.ts';
import type { EventDraft, EventLog } from '../ports.ts';
import { prepareArchive } from './prepare-archive.ts';

const producerId = 'gateway/0';

(hasServers ? describe : describe.skip)('an archiver (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;
  let log: EventLog;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
    log = await shape.openLog();
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  const fresh = { fresh: true };

  async function expectNumbers(last: number): Promise<void> {
    expect(numbersOf(await readAll(log), producerId, 1n)).toEqual(numbersTo(last));
  }

  test('that is not alone stops when the other has moved the checkpoint, and nothing is doubled', async () => {
    const archivers = [await shape.startArchiver(), await shape.startArchiver()];
    const producer = await log.openProducer(producerId);
    const ids = Array.from({ length: 60 }, (_, index) => `event-${index}`);
    for (const id of ids) await producer.append([draft(id)], fresh);
    expect(await storedIds(log)).toEqual(ids);
    expect(await Promise.race(archivers.map(({ ended }) => ended))).toBe('superseded');
    await producer.append([draft('last')]);
    await expectNumbers(62);
  });

  test('writes nothing any more when it finds its lease gone, as after a pause', async () => {
    let isHeld = true;
    const lost = new AbortController();
    const lease = { isHeld: () => isHeld, lost: lost.signal } as Lease;
    const archiver = await shape.startArchiver({ lease });
    const producer = await log.openProducer(producerId);
    await producer.append([draft('a')]);
    isHeld = false;
    await producer.append([draft('b')], fresh);
    expect(await archiver.ended).toBe('lease_lost');
    expect(await checkpointOf(shape)).toBe(2n);
    await shape.startArchiver();
    expect(await storedIds(log)).toEqual(['a', 'b']);
  });

  test('takes a batch that comes again for what it is, whether or not the server knows its id', async () => {
    const producer = await log.openProducer(producerId);
    await producer.append([draft('a')], fresh);
    const again = await shape.link.manager.streams.getMessage('WAYBILL', { seq: 2 });
    const messageId = again!.header.get('Nats-Msg-Id');
    const repeat = (msgID: string) => shape.link.publisher.publish(again!.subject, again!.data, { msgID });
    expect(await repeat(messageId)).toMatchObject({ duplicate: true, seq: 2 });
    expect(await repeat('beyond the window')).toMatchObject({ duplicate: false, seq: 3 });
    await shape.startArchiver();
    await producer.append([draft('b')]);
    expect(await storedIds(log)).toEqual(['a', 'b']);
    await expectNumbers(3);
    expect(shape.alarms).toEqual([]);
  });

  describe('decides between two processes', () => {
    let other: EventLog;

    beforeEach(async () => {
      other = await shape.openLog();
    });

    test('that write the same id with other content: the first counts, the other is told', async () => {
      await shape.startArchiver();
      const producers = [await log.openProducer('gateway/0'), await other.openProducer('gateway/1')];
      for (let round = 0; round < 10; round += 1) {
        const appends = producers.map(({ append }, index) => {
          const contested = draft(`contested-${round}`, { payload: Buffer.from(`by ${index}`) });
          return append([draft(`${round}-${index}`), contested]);
        });
        const outcomes = await Promise.allSettled(appends);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        const [lost] = await Promise.all([faultFrom(appends[1 - winner]!)]);
        expect(lost).toMatchObject({ kind: 'conflict', details: { reason: 'other_content' } });
      }
      expect(await storedIds(log)).toHaveLength(20);
    });

    test('that vouch for the same id with other content: the first counts, the other is kept aside', async () => {
      const producers = [await log.openProducer('gateway/0'), await other.openProducer('gateway/1')];
      for (const [index, { append }] of producers.entries()) {
        await append([draft('contested', { payload: Buffer.from(`by ${index}`) })], fresh);
      }
      await shape.startArchiver();
      expect(await shape.alarmed('event_kept_aside')).toMatchObject({ reason: 'other_content', event_id: 'contested' });
      const [event] = await log.readStream('call/contested');
      expect(event?.envelope.payload.toString()).toBe('by 0');
      const aside = await shape.mongodb.database('events').collection('rejections').findOne({});
      expect(Buffer.from(aside?.body.buffer).toString()).toContain('by 1');
    });

    test('that repeat the same event: one counts, both are told of success', async () => {
      await shape.startArchiver();
      const producers = [await log.openProducer('gateway/0'), await other.openProducer('gateway/1')];
      const appended = await Promise.all(producers.map(({ append }) => append([draft('same')])));
      expect(appended.map(({ duplicates }) => duplicates).sort()).toEqual([0, 1]);
      expect(appended[0]?.position).toBe(appended[1]?.position);
      expect(await storedIds(log)).toEqual(['same']);
    });

    test('that expect the same version of a stream: one is let through', async () => {
      await shape.startArchiver();
      const producers = [await log.openProducer('gateway/0'), await other.openProducer('gateway/1')];
      for (let round = 0n; round < 10n; round += 1n) {
        const expectedVersion = { streamId: 'key/1', version: round };
        const outcomes = await Promise.allSettled(
          producers.map(({ append }, index) =>
            append([draft(`${round}-${index}`, { streamId: 'key/1' })], { expectedVersion }),
          ),
        );
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }
      expect(await log.readStream('key/1')).toHaveLength(10);
    });

    test('that open the same producer: the later one goes on', async () => {
      await shape.startArchiver();
      const old = await log.openProducer(producerId);
      await old.append([draft('a')], fresh);
      const current = await other.openProducer(producerId);
      for (const options of [fresh, {}]) {
        const fault = await faultFrom(old.append([draft('late')], options));
        expect(fault).toMatchObject({ kind: 'conflict', details: { reason: 'epoch_superseded' } });
      }
      await current.append([draft('b')], fresh);
      expect(await storedIds(log)).toEqual(['a', 'b']);
    });
  });

  describe('is told by numbers', () => {
    const publish = (epoch: bigint, firstNumber: bigint, events: readonly EventDraft[]) => {
      const appends = [{ envelopes: events.map(encodeDraft), expectedVersion: undefined }];
      const body = encodeBatch({ producerId, epoch, opening: `opening ${epoch}`, firstNumber, appends });
      return shape.link.publisher.publish(subjectsOf(producerId).ofShard(0), body);
    };

    test('what is missing, and takes it when it comes after all', async () => {
      await publish(1n, 1n, [draft('a')]);
      await publish(1n, 4n, [draft('d')]);
      await shape.startArchiver();
      const missing = { producerId, epoch: 1n, first: 2n, last: 3n };
      expect(await shape.alarmed('event_numbers_missing')).toEqual(missing);
      await publish(1n, 2n, [draft('b'), draft('c')]);
      expect(await storedIds(log)).toEqual(['a', 'd', 'b', 'c']);
      expect(shape.alarms).toHaveLength(1);
    });

    test('what an epoch wrote when it was over, and keeps that aside', async () => {
      await publish(1n, 1n, [draft('a')]);
      await publish(2n, 1n, [draft('b')]);
      await publish(1n, 2n, [draft('late')]);
      await shape.startArchiver();
      expect(await shape.alarmed('event_kept_aside')).toMatchObject({ reason: 'epoch_superseded', number: '2' });
      expect(await storedIds(log)).toEqual(['a', 'b']);
    });
  });

  test('is prepared for while a dead one has the archive locked, and then goes on in its place', async () => {
    const { client } = shape.mongodb;
    await client.withSession(async (session) => {
      const writers = shape.mongodb.database('events').collection<{ _id: string }>('writers');
      await writers.updateOne({ _id: 'archive' }, { $set: { session: session.id?.id } }, { upsert: true });
      session.startTransaction();
      const names = ['batches', 'events', 'producers', 'checkpoint', 'rejections'];
      for (const name of names) {
        await shape.mongodb
          .database('events')
          .collection(name)
          .updateMany({}, { $set: { end: 9n } }, { session });
      }
      await prepareArchive(shape.mongodb);
      await shape.startArchiver();
      await (await log.openProducer(producerId)).append([draft('a')]);
      expect(await storedIds(log)).toEqual(['a']);
      await session.abortTransaction().catch(() => undefined);
    });
  });

  test('knows the stream again whose settings were changed before its server was started again', async () => {
    const archiver = await shape.startArchiver();
    const producer = await log.openProducer(producerId);
    await producer.append([draft('a')]);
    await archiver.stop();
    const { manager, stream } = shape.link;
    const before = await manager.streams.info(stream);
    const doubled = { ...before.config, max_bytes: before.config.max_bytes * 2 };
    await servers.crashNats();
    await shape.link.ask(() => manager.streams.update(stream, doubled));
    await servers.crashNats();
    // This is why it is not known by that.
    const { created } = await shape.link.ask(() => manager.streams.info(stream));
    expect(created).not.toBe(before.created);
    await shape.startArchiver();
    await producer.append([draft('b')]);
    expect(await storedIds(log)).toEqual(['a', 'b']);
    expect(shape.alarms).toEqual([]);
  });

  test('keeps aside what it cannot read, and goes on', async () => {
    await shape.link.publisher.publish('waybill.events.0.x.y', 'no batch');
    await shape.startArchiver();
    expect(await shape.alarmed('event_batch_unreadable')).toEqual({ sequence: 1n, subject: 'waybill.events.0.x.y' });
    await (await log.openProducer(producerId)).append([draft('a')]);
    expect(await storedIds(log)).toEqual(['a']);
  });
});

async function checkpointOf({ mongodb }: Shape): Promise<bigint> {
  const found = await mongodb.database('events').collection('checkpoint').findOne({});
  return found?.sequence;
}
