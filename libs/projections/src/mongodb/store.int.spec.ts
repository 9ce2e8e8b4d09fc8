import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FaultError, Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { projectionStoreContract } from '../contract.ts';
import type { ProjectionStore } from '../ports.ts';
import { openMongoProjectionStore } from './store.ts';

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  let databases = 0;
  beforeAll(async () => {
    server = await startMongoReplicaSet();
    const uri = new Secret(server.uri);
    connection = await connectMongo({ uri, databasePrefix: 'test', appName: 'test', timeoutMs: 5_000 });
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  const nextDatabase = () => {
    databases += 1;
    return `store${databases}`;
  };

  projectionStoreContract('the MongoDB store', async () => {
    const database = nextDatabase();
    const store = await openMongoProjectionStore({ connection, database });
    return {
      store,
      reopen: () => openMongoProjectionStore({ connection, database }),
      close: () => store.close(),
    };
  });

  const definition = { name: 'orders', version: 1, collections: [{ name: 'order', indexes: [['placedAtMicros']] }] };

  async function openOrders(database: string): Promise<[ProjectionStore, ReturnType<ProjectionStore['open']>]> {
    const store = await openMongoProjectionStore({ connection, database });
    return [store, store.open(definition)];
  }

  test('keeps documents as people query them: whole numbers as longs, with an index', async () => {
    const database = nextDatabase();
    const [, opening] = await openOrders(database);
    const document = {
      placedAtMicros: 5n,
      amountPicoUsd: 2n ** 62n,
      $odd: 'x',
      'a\0b': 1,
      nested: { __proto__x: true },
    };
    await (await opening).commit({
      expectedCheckpoint: 0n,
      checkpoint: 1n,
      writes: [{ collection: 'order', key: 'one', document }],
      quarantined: [],
    });
    const raw = connection.database(database).collection('orders@1/order');
    expect(await raw.countDocuments({ 'document.amountPicoUsd': { $type: 'long', $gt: 2n ** 61n } })).toBe(1);
    const plan = await raw.find({ 'document.placedAtMicros': 5n }).explain('queryPlanner');
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).toContain('IXSCAN');
  });

  test.each([
    ['a double', 0.5],
    ['a number of 32 bits', 5],
  ])('refuses %s where money is, and writes nothing of the commit', async (_what, amountPicoUsd) => {
    const [, opening] = await openOrders(nextDatabase());
    const partition = await opening;
    const writes = [
      { collection: 'order', key: 'good', document: { amountPicoUsd: 1n } },
      { collection: 'order', key: 'bad', document: { amountPicoUsd } },
    ];
    const outcome = partition.commit({ expectedCheckpoint: 0n, checkpoint: 1n, writes, quarantined: [] });
    await expect(outcome).rejects.toMatchObject({ fault: { kind: 'internal' } });
    expect(await partition.checkpoint()).toBe(0n);
    expect(await partition.find('order')).toEqual([]);
  });

  test('opened by several processes at once is one and the same partition', async () => {
    const database = nextDatabase();
    const partitions = await Promise.all(Array.from({ length: 5 }, async () => (await openOrders(database))[1]));
    const moves = partitions.map((partition, index) =>
      partition.commit({ expectedCheckpoint: 0n, checkpoint: BigInt(index + 1), writes: [], quarantined: [] }),
    );
    expect((await Promise.all(moves)).filter(Boolean)).toHaveLength(1);
  });

  test('is unavailable while the server is away', async () => {
    const away = await connectMongo({
      uri: new Secret(server.uri),
      databasePrefix: 'test',
      appName: 'test',
      timeoutMs: 500,
    });
    const store = await openMongoProjectionStore({ connection: away, database: nextDatabase() });
    const partition = await store.open(definition);
    await away.close();
    const thrown = await partition.checkpoint().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FaultError);
    expect((thrown as FaultError).fault.kind).toBe('unavailable');
  });
});
