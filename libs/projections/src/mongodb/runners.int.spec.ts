// Runners on the MongoDB store: two at once, and commits of which nobody knows whether they took effect.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MongoConnection } from '@waybill/mongodb';
import { hasMongo } from '../../../../test/infra/mongodb.ts';
import type { ProjectionPartition, ProjectionStore } from '../ports.ts';
import { runProjection } from '../runner.ts';
import { dump } from '../testing/dump.ts';
import { endlessLog } from '../testing/endless-log.ts';
import { foldedTo } from '../testing/folded.ts';
import { tallyProjection as projection } from '../testing/tally.ts';
import { type MongoUnderTest, startMongoUnderTest } from './mongo.fixture.ts';
import { openMongoProjectionStore } from './store.ts';

(hasMongo ? describe : describe.skip)('runners on the MongoDB store', () => {
  let mongo: MongoUnderTest;
  beforeAll(async () => {
    mongo = await startMongoUnderTest({ failPoints: true });
  }, 60_000);
  afterAll(() => mongo?.stop());

  const openStore = (connection: MongoConnection) => openMongoProjectionStore({ connection, database: 'tally' });

  async function startRun(store: ProjectionStore) {
    const halt = new AbortController();
    const failures: unknown[] = [];
    const log = { warn: ({ err }: Readonly<Record<string, unknown>>) => void failures.push(err) };
    const run = await runProjection({
      projection,
      reader: endlessLog,
      store,
      batchSize: 20,
      restMs: 0,
      retryDelayMs: 10,
      log,
      signal: halt.signal,
    });
    run.done.catch(() => undefined);
    return { ...run, halt, failures };
  }

  test('of two at once one is fenced, and the other folds everything once', async () => {
    const [one, other] = await Promise.all([0, 1].map(async () => openStore(await mongo.connect('two'))));
    const runs = await Promise.all([startRun(one!), startRun(other!)]);
    const fenced = await Promise.race(runs.map((run, index) => run.done.then(undefined, () => index)));
    await expect(runs[fenced!]!.done).rejects.toMatchObject({
      fault: { kind: 'conflict', details: { reason: 'fenced' } },
    });
    const winner = runs[1 - fenced!]!;
    const from = winner.position();
    while (winner.position() <= from + 200n) await sleep(1);
    winner.halt.abort();
    await winner.done;
    const { partition } = winner;
    expect(await dump(partition, projection)).toBe(await foldedTo(await partition.checkpoint()));
  });

  test('a commit of which nobody knows whether it took effect is found to have, and folded in once', async () => {
    const connection = await mongo.connect('unknown');
    const store = await openStore(connection);
    const fail = (mode: string) =>
      connection.client.db('admin').command({
        configureFailPoint: 'failCommand',
        mode,
        data: { failCommands: ['commitTransaction'], writeConcernError: { code: 91, errmsg: 'shutting down' } },
      });
    const run = await startRun(store);
    while (run.position() < 100n) await sleep(1);
    await fail('alwaysOn');
    while (run.failures.length === 0) await sleep(5);
    // The driver takes the server for one that goes, and may need a moment to find it again.
    const unseen = await checkpointOf(run);
    expect(unseen).toBeGreaterThan(run.position());
    await fail('off');
    while (run.position() <= unseen + 100n) await sleep(1);
    run.halt.abort();
    await run.done;
    expect(run.failures[0]).toMatchObject({ kind: 'unavailable' });
    expect(await dump(run.partition, projection)).toBe(await foldedTo(await run.partition.checkpoint()));
  });
});

async function checkpointOf({ partition }: { readonly partition: ProjectionPartition }): Promise<bigint> {
  for (;;) {
    const found = await partition.checkpoint().catch(() => undefined);
    if (found !== undefined) return found;
    await sleep(20);
  }
}
