// A read model whose keeper is stopped, or killed: another process takes over, and nothing is folded in twice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openMongoLeases } from '@waybill/leases';
import { hasMongo } from '../../../../test/infra/mongodb.ts';
import { type MongoUnderTest, startMongoUnderTest } from '../mongodb/mongo.fixture.ts';
import { openMongoProjectionStore } from '../mongodb/store.ts';
import { dump } from '../testing/dump.ts';
import { endlessLog } from '../testing/endless-log.ts';
import { foldedTo } from '../testing/folded.ts';
import { tallyProjection as projection } from '../testing/tally.ts';
import { keepProjection } from './keep-projection.ts';

const fixture = fileURLToPath(new URL('./keeping.fixture.ts', import.meta.url));

(hasMongo ? describe : describe.skip)('a read model that processes keep in turn', () => {
  let mongo: MongoUnderTest;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    mongo = await startMongoUnderTest();
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await mongo?.stop();
  });

  test.each([
    ['SIGSTOP', 'SIGCONT'],
    ['SIGKILL', 'SIGKILL'],
  ] as const)(
    'goes on at another one after %s, and is whole after %s',
    async (ending, afterwards) => {
      const prefix = ending.toLowerCase();
      const child = spawn(process.execPath, [fixture, mongo.server.uri, prefix], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      expect(String(await once(child.stdout, 'data'))).toBe('kept\n');

      const connection = await mongo.connect(prefix);
      const store = await openMongoProjectionStore({ connection, database: 'tally' });
      const leases = openMongoLeases({ connection, holder: 'standing by' });
      const stop = new AbortController();
      const alarms: string[] = [];
      const { partition } = await keepProjection({
        projection,
        reader: endlessLog,
        store,
        leases,
        signal: stop.signal,
        batchSize: 40,
        ttlMs: 1_500,
        onAlarm: (alarm) => void alarms.push(alarm),
      });
      const isAt = async (position: bigint) => (await partition.checkpoint()) >= position;
      while (!(await isAt(500n))) await sleep(20);

      child.kill(ending);
      while ((await leases.holders('projection/'))[0]?.holder !== 'standing by') await sleep(100);
      const from = await partition.checkpoint();
      while (!(await isAt(from + 500n))) await sleep(20);
      child.kill(afterwards);
      const later = await partition.checkpoint();
      while (!(await isAt(later + 500n))) await sleep(20);

      stop.abort();
      await leases.close();
      child.kill('SIGKILL');
      await sleep(100);
      expect(await dump(partition, projection)).toBe(await foldedTo(await partition.checkpoint()));
      expect(alarms.filter((alarm) => alarm !== 'projection_event_quarantined')).toEqual([]);
    },
    60_000,
  );
});
