// A gateway's name among all gateways, on the leases that they share.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { type Leases, openMongoLeases } from '@waybill/leases';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { until } from '../testing/journey-bench.ts';
import { type HeldName, holdName, leaseOfProducer } from './hold-name.ts';

const producerId = 'gateway/gateway-0';
const lease = leaseOfProducer(producerId);
const ttlMs = 1_000;

/** A process with a connection and a clock of its own. */
interface Process {
  readonly connection: MongoConnection;
  readonly leases: Leases;
  readonly told: string[];
  /** As if it had been stopped for a minute. */
  pause(): void;
}

(hasMongo ? describe : describe.skip)("a gateway's name", () => {
  let server: MongoReplicaSet;
  let databases = 0;
  let processes: Process[];
  let names: HeldName[];

  beforeAll(async () => {
    server = await startMongoReplicaSet();
  }, 60_000);
  afterAll(() => server?.stop(), 60_000);
  beforeEach(() => {
    databases += 1;
    processes = [];
    names = [];
  });
  afterEach(async () => {
    await Promise.all(names.map((name) => name.release()));
    await Promise.all(processes.map(({ connection }) => connection.close()));
  });

  async function start(): Promise<Process> {
    const uri = new Secret(server.uri);
    const connection = await connectMongo({ uri, databasePrefix: `t${databases}`, appName: 'test', timeoutMs: 2_000 });
    let pausedMs = 0;
    const monotonicMs = () => performance.now() + pausedMs;
    const leases = openMongoLeases({ connection, holder: producerId, monotonicMs });
    const started = { connection, leases, told: [], pause: () => (pausedMs += 60_000) };
    processes.push(started);
    return started;
  }

  async function hold({ leases, told }: Process, folder = ''): Promise<HeldName> {
    const name = await holdName({
      leases,
      producerId,
      details: { address: '127.0.0.1:50051', folder },
      isGone: ({ details }) => folder !== '' && details.folder === folder,
      ttlMs,
      onLost: () => told.push('lost'),
      onBack: () => told.push('back'),
      onGone: () => told.push('gone'),
    });
    names.push(name);
    return name;
  }

  test('is refused to a second one while the first lives, with where that is and what to do', async () => {
    const first = await start();
    const name = await hold(first);
    const second = await start();
    await expect(hold(second)).rejects.toMatchObject({
      fault: { kind: 'conflict', message: expect.stringMatching(/127\.0\.0\.1:50051.*WAYBILL_INSTANCE/s) },
    });
    expect(name.isHeld()).toBe(true);
    expect(first.told).toEqual([]);
    await name.release();
    expect(await second.leases.holders(lease)).toEqual([]);
  });

  test('is waited for while the one that had it is only just dead', async () => {
    const dead = await start();
    await hold(dead);
    // Without a word, as after kill -9.
    await dead.connection.close();
    const again = await hold(await start());
    expect(again.isHeld()).toBe(true);
  });

  test('counts as held at once after one that is known to be gone, and is held when its time is over', async () => {
    const dead = await start();
    await hold(dead, 'one');
    await dead.connection.close();
    const next = await start();
    const again = await hold(next, 'one');
    expect(again.isHeld()).toBe(true);
    const [before] = await next.leases.holders(lease);
    for (let [holder] = [before]; holder?.token === before?.token; [holder] = await next.leases.holders(lease)) {
      await sleep(50);
    }
    expect(again.isHeld()).toBe(true);
    expect(next.told).toEqual([]);
    await again.release();
    expect(await next.leases.holders(lease)).toEqual([]);
  });

  test('is lost by a pause, and held again when nobody had it in between', async () => {
    const paused = await start();
    const name = await hold(paused);
    paused.pause();
    expect(name.isHeld()).toBe(false);
    await until(() => paused.told.includes('back'));
    expect(name.isHeld()).toBe(true);
    expect(paused.told).toEqual(['lost', 'back']);
  });

  test.each(['swept', 'swept and forgotten'])('is gone after a pause in which its calls were %s', async (what) => {
    const [paused, sweeper] = [await start(), await start()];
    const name = await hold(paused);
    const documents = sweeper.connection.database('leases').collection('leases');
    await documents.updateMany({}, { $set: { until: new Date(0) } });
    const taken = await sweeper.leases.tryAcquire(lease, { ttlMs });
    expect(taken?.isHeld()).toBe(true);
    await taken?.release();
    if (what === 'swept and forgotten') expect(await sweeper.leases.forget(lease)).toBe(true);
    paused.pause();
    expect(name.isHeld()).toBe(false);
    await until(() => paused.told.includes('gone'));
    expect(paused.told).toEqual(['lost', 'gone']);
    expect(name.isHeld()).toBe(false);
  });
});
