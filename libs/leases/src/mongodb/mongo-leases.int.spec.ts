import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { startTcpProxy } from '../../../../test/infra/tcp-proxy.ts';
import { leasesContract } from '../contract.ts';
import { openMongoLeases } from './mongo-leases.ts';

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let folder: string;
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  let databases = 0;

  const connect = (databasePrefix: string) =>
    connectMongo({ uri: new Secret(server.uri), databasePrefix, appName: 'test', timeoutMs: 2_000 });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-leases-'));
    server = await startMongoReplicaSet({ dataDirectory: folder });
    connection = await connect('shared');
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  leasesContract('leases in MongoDB', async () => {
    databases += 1;
    const own = await connect(`test${databases}`);
    const leases = openMongoLeases({ connection: own, holder: 'me' });
    return {
      leases,
      async dispose() {
        await leases.close();
        await own.close();
      },
    };
  });

  test('one of several processes has it, and the next one when its time is over without renewal', async () => {
    const [one, other] = ['one', 'other'].map((holder) => openMongoLeases({ connection, holder }));
    let stepMs = 0;
    const stopped = openMongoLeases({ connection, holder: 'stopped', monotonicMs: () => performance.now() + stepMs });
    const lease = (await stopped.tryAcquire('expiry', { ttlMs: 1_500 }))!;
    expect(await one?.tryAcquire('expiry', { ttlMs: 1_500 })).toBeUndefined();
    await sleep(2_000);
    expect(lease.isHeld()).toBe(true);
    // As if the process had slept: it finds its lease gone at the first look, and renews it no more.
    stepMs = 60_000;
    expect(lease.isHeld()).toBe(false);
    expect(lease.lost.aborted).toBe(true);
    const next = await other?.acquire('expiry', { ttlMs: 1_500, signal: AbortSignal.timeout(10_000) });
    expect(next?.token).toBeGreaterThan(lease.token);
    expect(await one?.holders('expiry')).toMatchObject([{ holder: 'other', hasExpired: false }]);
    await Promise.all([one, other, stopped].map((each) => each?.close()));
  }, 30_000);

  test('a process that was stopped for longer than its lease knows at once that it has none', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./holding.fixture.ts', import.meta.url)), server.uri],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const lines = lineReader(child.stdout.setEncoding('utf8'));
    expect(await lines.next()).toBe('held');
    child.kill('SIGSTOP');
    const leases = openMongoLeases({ connection, holder: 'successor' });
    const lease = await leases.acquire('paused', { ttlMs: 1_000, signal: AbortSignal.timeout(15_000) });
    child.kill('SIGCONT');
    // The first look after it goes on.
    expect(await lines.next()).toBe('lost');
    expect(lease.isHeld()).toBe(true);
    child.kill('SIGKILL');
    await leases.close();
  }, 30_000);

  test('a holder whose connections fall silent renews over new ones', async () => {
    const proxy = await startTcpProxy(server.port);
    const uri = new Secret(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`);
    const slow = await connectMongo({ uri, databasePrefix: 'shared', appName: 'test', timeoutMs: 20_000 });
    const leases = openMongoLeases({ connection: slow, holder: 'me' });
    try {
      const lease = (await leases.tryAcquire('silent', { ttlMs: 4_000 }))!;
      proxy.fallSilent();
      await sleep(6_000);
      expect(lease.isHeld()).toBe(true);
    } finally {
      proxy.close();
      await leases.close();
      await slow.close();
    }
  }, 30_000);

  test('a holder goes on while the store is away for less than its time, and stops when it is away for longer', async () => {
    const leases = openMongoLeases({ connection, holder: 'me' });
    const long = (await leases.tryAcquire('long', { ttlMs: 30_000 }))!;
    const short = (await leases.tryAcquire('short', { ttlMs: 1_000 }))!;
    await server.kill();
    await expect(leases.tryAcquire('another', { ttlMs: 1_000 })).rejects.toMatchObject({
      fault: { kind: 'unavailable' },
    });
    await sleep(1_000);
    expect(short.isHeld()).toBe(false);
    expect(long.isHeld()).toBe(true);
    server = await startMongoReplicaSet({ dataDirectory: folder, port: server.port });
    const again = await leases.acquire('short', { ttlMs: 1_000, signal: AbortSignal.timeout(15_000) });
    expect(again.token).toBeGreaterThan(short.token);
    expect(long.isHeld()).toBe(true);
    await leases.close();
  }, 60_000);
});

function lineReader(stream: AsyncIterable<string>): { next(): Promise<string> } {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = '';
  return {
    async next() {
      while (!rest.includes('\n')) rest += (await chunks.next()).value ?? '\n';
      const [line = '', ...others] = rest.split('\n');
      rest = others.join('\n');
      return line;
    },
  };
}
