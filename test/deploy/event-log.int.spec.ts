// The event log with nothing but the accounts that are deployed: those of NATS by certificate, of MongoDB by password.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import {
  type EventDraft,
  ensureStream,
  openJetStreamEventLog,
  prepareArchive,
  repairEventLog,
  runArchiver,
} from '@waybill/event-log';
import { soleLeases } from '@waybill/leases';
import { hasMongo } from '../infra/mongodb.ts';
import { hasNats } from '../infra/nats.ts';
import { type DeployedMongo, startDeployedMongo } from './mongodb-server.ts';
import { type DeployedNats, startDeployedNats, streamFile } from './nats-server.ts';

const clock = { nowMicros: () => BigInt(Date.now()) * 1000n, monotonicMs: () => performance.now() };
const appends = 150;

function draft(eventId: string): EventDraft {
  return {
    eventId,
    type: 'waybill.test.v1.Happened',
    version: 1,
    tenantId: 'acme',
    streamId: `call/${eventId}`,
    correlationId: eventId,
    causationId: '',
    occurredAtMicros: clock.nowMicros(),
    trace: undefined,
    payload: Buffer.from(eventId),
  };
}

(hasNats && hasMongo ? describe : describe.skip)('the event log with the accounts of a deployment', () => {
  let nats: DeployedNats;
  let mongo: DeployedMongo;
  const alarms: string[] = [];
  const alarm = (name: string, details: unknown) => void alarms.push(`${name} ${JSON.stringify(details)}`);
  const settingsOf = (name: string) => ({
    urls: [nats.url],
    tls: nats.filesOf(name),
    stream: streamFile.name,
    replicas: 1,
    maxBytes: streamFile.max_bytes,
    makeStream: false,
    requireSync: true,
  });

  beforeAll(async () => {
    [nats, mongo] = await Promise.all([startDeployedNats(['gateway', 'cost', 'operator']), startDeployedMongo()]);
    const operator = await nats.connectAs('operator');
    const manager = await jetstreamManager(operator, { checkAPI: false });
    await manager.streams.add({ ...streamFile, num_replicas: 1 });
  });

  afterAll(async () => {
    await nats?.stop();
    await mongo?.stop();
  });

  test('is written by gateway, archived and trimmed by cost, and read by gateway', async () => {
    const archive = await mongo.connectAs('cost');
    await prepareArchive(archive);
    const ensured = await ensureStream({ nats: settingsOf('cost'), isArchiveEmpty: true, alarm });
    expect(ensured).toEqual({ isNew: false, sync: 'always' });
    const over = new AbortController();
    const lease = (await soleLeases('cost-0').tryAcquire('archive', { ttlMs: 60_000 }))!;
    const options = { nats: settingsOf('cost'), mongodb: archive, lease, clock, alarm, keptMessages: 1 };
    const archiver = runArchiver({ ...options, signal: over.signal });

    const log = await openJetStreamEventLog({
      nats: settingsOf('gateway'),
      mongodb: await mongo.connectAs('gateway'),
      name: 'gateway/gateway-0',
      clock,
      alarm,
    });
    const producer = await log.openProducer('gateway/gateway-0');
    for (let index = 0; index < appends; index += 1) await producer.append([draft(`event-${index}`)], { fresh: true });
    const read: string[] = [];
    for await (const events of log.read(0n)) read.push(...events.map(({ envelope }) => envelope.eventId));
    expect(read.filter((id) => id.startsWith('event-'))).toEqual(
      Array.from({ length: appends }, (_, index) => `event-${index}`),
    );
    await trimmed(await nats.connectAs('operator'));
    await log.close();
    over.abort();
    expect(await archiver).toBe('stopped');
    expect(alarms).toEqual([]);
  }, 60_000);

  describe('when NATS has lost everything', () => {
    let empty: DeployedNats;

    beforeEach(async () => {
      empty = await startDeployedNats(['operator', 'repair']);
    });
    afterEach(() => empty.stop());

    const repaired = async () => {
      const lease = (await soleLeases('repair').tryAcquire('repair', { ttlMs: 60_000 }))!;
      const mongodb = await mongo.connectAs('operator');
      const settings = { ...settingsOf('repair'), urls: [empty.url], tls: empty.filesOf('repair') };
      return repairEventLog({ nats: settings, mongodb, lease, alarm });
    };

    test('makes the stream again beyond the record', async () => {
      const report = await repaired();
      expect(report).toMatchObject({ damage: 'missing', rescuedEvents: 0 });
      expect(await firstSequence()).toBe(Number(report.continuesAfter) + 1);
    });

    test('takes what a new stream has, and lets it go on beyond the record', async () => {
      const manager = await jetstreamManager(await empty.connectAs('operator'), { checkAPI: false });
      await manager.streams.add({ ...streamFile, num_replicas: 1 });
      const report = await repaired();
      expect(report.damage).toBeDefined();
      expect(report.inDoubt?.last).toBe(report.continuesAfter);
      expect(await firstSequence()).toBe(Number(report.continuesAfter) + 1);
      expect((await manager.streams.info(streamFile.name)).config.subjects).toEqual(streamFile.subjects);
    });

    async function firstSequence(): Promise<number> {
      const manager = await jetstreamManager(await empty.connectAs('operator'), { checkAPI: false });
      return (await manager.streams.info(streamFile.name)).state.first_seq;
    }
  });

  /** Resolves when the archiver has purged what the archive has. */
  async function trimmed(connection: Awaited<ReturnType<DeployedNats['connectAs']>>): Promise<void> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    while ((await manager.streams.info(streamFile.name)).state.first_seq < appends) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
