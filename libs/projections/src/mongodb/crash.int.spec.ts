// Processes and servers die in the middle of commits; documents and checkpoint always belong together.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasMongo, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import type { ProjectionPartition } from '../ports.ts';
import { runProjection } from '../runner.ts';
import { dump } from '../testing/dump.ts';
import { endlessLog } from '../testing/endless-log.ts';
import { foldedTo } from '../testing/folded.ts';
import { tallyProjection as projection } from '../testing/tally.ts';
import { type MongoUnderTest, startMongoUnderTest } from './mongo.fixture.ts';
import { openMongoProjectionStore } from './store.ts';

const kills = Number(process.env.WAYBILL_SOAK_KILLS ?? 4);
const child = fileURLToPath(new URL('./folding.fixture.ts', import.meta.url));

(hasMongo ? describe : describe.skip)('a read model in MongoDB', () => {
  let folder: string;
  let mongo: MongoUnderTest;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-mongo-crash-'));
    mongo = await startMongoUnderTest({ dataDirectory: folder });
  }, 60_000);
  afterAll(async () => {
    await mongo?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function openTally(databasePrefix: string): Promise<ProjectionPartition> {
    const connection = await mongo.connect(databasePrefix);
    return (await openMongoProjectionStore({ connection, database: 'tally' })).open(projection);
  }

  /** Runs the child until it has made some commits, and kills it wherever it is. */
  async function runAndKill(databasePrefix: string, partition: ProjectionPartition): Promise<void> {
    const from = await partition.checkpoint();
    const args = [child, mongo.server.uri, databasePrefix];
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    await once(running.stdout, 'data');
    while ((await partition.checkpoint()) <= from + 200n) await sleep(1);
    await sleep(Math.random() * 20);
    running.kill('SIGKILL');
    const [, signal] = await once(running, 'exit');
    expect(signal).toBe('SIGKILL');
  }

  test(`outlives ${kills} kills of who folds, and the next one goes on`, async () => {
    const partition = await openTally('processes');
    for (let kill = 0; kill < kills; kill += 1) {
      await runAndKill('processes', partition);
      const checkpoint = await partition.checkpoint();
      expect(await dump(partition, projection)).toBe(await foldedTo(checkpoint));
    }
  }, 50_000);

  test(`outlives ${kills} kills of the server, and who folds goes on`, async () => {
    const connection = await mongo.connect('servers');
    const store = await openMongoProjectionStore({ connection, database: 'tally' });
    const halt = new AbortController();
    const run = await runProjection({ projection, reader: endlessLog, store, batchSize: 40, signal: halt.signal });
    let before = 0n;
    for (let kill = 0; kill < kills; kill += 1) {
      while (run.position() <= before + 200n) await sleep(5);
      await mongo.server.kill();
      before = run.position();
      mongo.server = await startMongoReplicaSet({ dataDirectory: folder, port: mongo.server.port });
    }
    while (run.position() <= before + 200n) await sleep(5);
    halt.abort();
    await run.done;
    const checkpoint = await run.partition.checkpoint();
    expect(await dump(run.partition, projection)).toBe(await foldedTo(checkpoint));
  }, 90_000);
});
