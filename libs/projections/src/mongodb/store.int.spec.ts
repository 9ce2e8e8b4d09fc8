import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MongoConnection } from '@waybill/mongodb';
import { hasMongo } from '../../../../test/infra/mongodb.ts';
import { projectionStoreContract } from '../contract.ts';
import type { Document, DocumentWrite, ProjectionPartition, ProjectionStore } from '../ports.ts';
import { type MongoUnderTest, startMongoUnderTest } from './mongo.fixture.ts';
import { openMongoProjectionStore } from './store.ts';

const definition = {
  name: 'orders',
  version: 1,
  collections: [{ name: 'order', indexes: [['placedAtMicros']] }, { name: 'total' }],
};

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let mongo: MongoUnderTest;
  beforeAll(async () => {
    mongo = await startMongoUnderTest();
  }, 60_000);
  afterAll(() => mongo?.stop());

  projectionStoreContract('the MongoDB store', async () => {
    const connection = await mongo.connect();
    const open = () => openMongoProjectionStore({ connection, database: 'orders' });
    let store = await open();
    return {
      store,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        await connection.close();
      },
    };
  });

  interface Opened {
    readonly connection: MongoConnection;
    readonly store: ProjectionStore;
    readonly partition: ProjectionPartition;
  }

  async function openOrders(databasePrefix?: string): Promise<Opened> {
    const connection = await mongo.connect(databasePrefix);
    const store = await openMongoProjectionStore({ connection, database: 'orders' });
    return { connection, store, partition: await store.open(definition) };
  }

  const put = (key: string, document: Document): DocumentWrite => ({ collection: 'order', key, document });
  const first = (...writes: DocumentWrite[]) => ({ expectedCheckpoint: 0n, checkpoint: 1n, writes, quarantined: [] });

  test('keeps documents as people query them, found by an index', async () => {
    const { connection, partition } = await openOrders();
    const document = { placedAtMicros: 5n, amountPicoUsd: 2n ** 62n, count: 3, share: 0.5, bytes: Buffer.from('ab') };
    await partition.commit(first(put('one', document)));
    const raw = connection.database('orders').collection('orders.v1.order');
    const types = { $project: { _id: { $map: { input: { $objectToArray: '$$ROOT' }, in: { $type: '$$this.v' } } } } };
    const [found] = await raw.aggregate([types]).toArray();
    expect(found?._id).toEqual(['string', 'long', 'long', 'int', 'double', 'binData']);
    const plan = await raw.find({ placedAtMicros: 5n }).sort({ placedAtMicros: 1, _id: 1 }).explain('queryPlanner');
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).toMatch(/IXSCAN/);
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toMatch(/SORT/);
  });

  test('ranges, both half and whole, look at no more than they find', async () => {
    const { connection, partition } = await openOrders();
    const writes = Array.from({ length: 50 }, (_, n) => put(`order-${n}`, { placedAtMicros: BigInt(n) }));
    await partition.commit(first(...writes));
    const raw = connection.database('orders').collection('orders.v1.order');
    const range = { $and: [{ placedAtMicros: { $not: { $lt: 40n }, $ne: null } }] };
    const { executionStats } = await raw.find(range).explain('executionStats');
    expect(executionStats).toMatchObject({ nReturned: 10, totalDocsExamined: 10 });
    expect(await partition.find('order', { range: { field: 'placedAtMicros', from: 40n } })).toHaveLength(10);
  });

  test.each([
    ['a double', { amountPicoUsd: 0.5 }],
    ['a number of 32 bits', { placedAtMicros: 5 }],
  ])('refuses %s where money or an instant is, names the document and writes nothing', async (_what, bad) => {
    const { partition } = await openOrders();
    const commit = partition.commit(first(put('good', { amountPicoUsd: 1n }), put('bad', bad)));
    const named = { kind: 'invalid', details: { collection: 'order', key: 'bad' } };
    await expect(commit).rejects.toMatchObject({ fault: named });
    expect(await partition.checkpoint()).toBe(0n);
    expect(await partition.find('order')).toEqual([]);
    expect(await partition.commit(first(put('good', { amountPicoUsd: 1n })))).toBe(true);
  });

  test('says which document is too large', async () => {
    const { partition } = await openOrders();
    const commit = partition.commit(first(put('small', { text: '' }), put('large', { text: 'x'.repeat(2 ** 24) })));
    const named = { kind: 'too_large', details: { collection: 'order', key: 'large' } };
    await expect(commit).rejects.toMatchObject({ fault: named });
    expect(await partition.find('order')).toEqual([]);
  });

  test('takes what is nested as deep as documents may be, and says so of more than the server takes', async () => {
    const { partition } = await openOrders();
    const nested = (depth: number): Document => (depth === 0 ? {} : { nested: nested(depth - 1) });
    const deeper = partition.commit(first(put('deeper', nested(300))));
    await expect(deeper).rejects.toMatchObject({ fault: { kind: 'invalid' } });
    expect(await partition.commit(first(put('deep', nested(100))))).toBe(true);
    const [found] = await partition.getMany([{ collection: 'order', key: 'deep' }]);
    expect(found).toEqual(nested(100));
  });

  test('refuses names that no collection can have', async () => {
    const { store } = await openOrders();
    const invalid = { fault: { kind: 'invalid' } };
    await expect(store.open({ ...definition, name: 'x'.repeat(250) })).rejects.toMatchObject(invalid);
    await expect(store.open({ ...definition, name: 'or.ders' })).rejects.toMatchObject(invalid);
    expect(await store.versions('or.ders')).toEqual([]);
  });

  test('opened by several processes at once is one and the same partition', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => openOrders('together')));
    const moves = opened.map(({ partition }, n) => partition.commit({ ...first(), checkpoint: BigInt(n + 1) }));
    expect((await Promise.all(moves)).filter(Boolean)).toHaveLength(1);
  });

  test('reads everything of one call as of one moment', async () => {
    const { partition } = await openOrders();
    const keys = Array.from({ length: 400 }, (_, n) => `order-${n}`);
    const total = { collection: 'total', key: 'all' };
    const all = (round: bigint) => [...keys.map((key) => put(key, { round })), { ...total, document: { round } }];
    const roundsOf = (documents: readonly (Document | undefined)[]) => new Set(documents.map((each) => each?.round));
    await partition.commit(first(...all(1n)));
    const writing = (async () => {
      for (let from = 1n; from < 8n; from += 1n) {
        await partition.commit({
          expectedCheckpoint: from,
          checkpoint: from + 1n,
          writes: all(from + 1n),
          quarantined: [],
        });
      }
    })();
    for (let read = 0; read < 20; read += 1) {
      const found = await partition.find('order');
      expect(found).toHaveLength(keys.length);
      expect(roundsOf(found.map(({ document }) => document)).size).toBe(1);
      const both = await partition.getMany([{ collection: 'order', key: 'order-7' }, total]);
      expect(roundsOf(both).size).toBe(1);
    }
    await writing;
  });

  test('a drop that nobody lived to finish is finished when the store is opened', async () => {
    const { connection, store, partition } = await openOrders('half_dropped');
    await partition.commit(first(put('old', { n: 1 })));
    const database = connection.database('orders');
    await database.collection('partitions').updateOne({}, { $set: { state: 'dropping' } });
    await expect(partition.find('order')).rejects.toMatchObject({ fault: { kind: 'not_found' } });
    expect(await partition.commit({ ...first(), expectedCheckpoint: 1n })).toBe(false);
    expect(await store.versions('orders')).toEqual([]);
    const again = await openOrders('half_dropped');
    expect(await again.partition.find('order')).toEqual([]);
    const names = (await database.listCollections().toArray()).map(({ name }) => name);
    expect(names).toContain('orders.v1r2.order');
    expect(names).not.toContain('orders.v1.order');
  });

  test('a partition made again holds nothing of the one before, whatever was left of that', async () => {
    const { connection, store, partition } = await openOrders();
    await partition.commit(first(put('old', { n: 1 })));
    await connection
      .database('orders')
      .collection('partitions')
      .updateOne({}, { $set: { state: 'dropping' } });
    const again = await store.open(definition);
    expect(await again.find('order')).toEqual([]);
    expect(await again.checkpoint()).toBe(0n);
    expect(await again.commit(first(put('new', { n: 2 })))).toBe(true);
    await partition.drop();
    expect(await again.find('order')).toHaveLength(1);
  });

  test('is unavailable when it is closed, and leaves the connection open', async () => {
    const { connection, store, partition } = await openOrders();
    await partition.commit(first());
    await store.close();
    const unavailable = { fault: { kind: 'unavailable' } };
    await expect(partition.checkpoint()).rejects.toMatchObject(unavailable);
    await expect(store.currentVersion('orders')).rejects.toMatchObject(unavailable);
    expect(await connection.database('orders').collection('partitions').countDocuments()).toBe(1);
  });
});
