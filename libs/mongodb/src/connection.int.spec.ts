import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultError, Secret } from '@waybill/kernel';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../test/infra/mongodb.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import { isDuplicateKey, mongoFault } from './faults.ts';
import { inTransaction } from './transaction.ts';

const settings = { databasePrefix: 'test', appName: 'test', timeoutMs: 1_000 };

async function faultOf(uri: string): Promise<FaultError> {
  return connectMongo({ ...settings, uri: new Secret(uri) }).then(
    () => Promise.reject(new Error('it connected')),
    (thrown: FaultError) => thrown,
  );
}

test('a connection string that cannot be read is refused without being repeated', async () => {
  const thrown = await faultOf('mongo://user:hunter2@host');
  expect(thrown.fault).toMatchObject({ kind: 'invalid', message: expect.stringContaining('mongodb://') });
  expect(thrown.fault.message).not.toContain('hunter2');
});

test('a server that is not there is unavailable, within the time given', async () => {
  const thrown = await faultOf('mongodb://user:hunter2@127.0.0.1:1/?replicaSet=none');
  expect(thrown.fault.kind).toBe('unavailable');
  expect(thrown.fault.message).not.toContain('hunter2');
});

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  beforeAll(async () => {
    server = await startMongoReplicaSet();
    connection = await connectMongo({ ...settings, uri: new Secret(server.uri) });
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  test('writes wait for the majority and the journal, reads for the majority, and 64 bits stay exact', async () => {
    const { writeConcern, readConcern } = connection.client.options;
    expect(writeConcern).toMatchObject({ w: 'majority', journal: true });
    expect(readConcern).toMatchObject({ level: 'majority' });
    const rows = connection.database('rows').collection<{ _id: string; amount: bigint }>('rows');
    await rows.insertOne({ _id: 'most', amount: 2n ** 63n - 1n });
    expect(await rows.findOne({ _id: 'most' })).toEqual({ _id: 'most', amount: 2n ** 63n - 1n });
    expect(rows.dbName).toBe('test_rows');
  });

  test('a transaction is kept whole or not at all, however often its work runs', async () => {
    const rows = connection.database('rows').collection<{ _id: string; count: number }>('counted');
    await rows.insertOne({ _id: 'counter', count: 0 });
    let runs = 0;
    const raise = () =>
      inTransaction(connection, async (session) => {
        runs += 1;
        const found = await rows.findOne({ _id: 'counter' }, { session });
        await rows.updateOne({ _id: 'counter' }, { $set: { count: (found?.count ?? 0) + 1 } }, { session });
      });
    await Promise.all(Array.from({ length: 10 }, raise));
    expect(await rows.findOne({ _id: 'counter' })).toMatchObject({ count: 10 });
    expect(runs).toBeGreaterThanOrEqual(10);
    const failing = inTransaction(connection, async (session) => {
      await rows.insertOne({ _id: 'half', count: 1 }, { session });
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    expect(await rows.findOne({ _id: 'half' })).toBeNull();
  });

  test('what the driver throws becomes a fault: mistakes of ours are told from what may pass', async () => {
    const rows = connection.database('rows').collection<{ _id: string }>('faults');
    await rows.insertOne({ _id: 'taken' });
    const double = await rows.insertOne({ _id: 'taken' }).catch((thrown: unknown) => thrown);
    expect(isDuplicateKey(double)).toBe(true);
    expect(mongoFault(double, 'what').fault.kind).toBe('internal');
    const wrong = await rows
      .find({ $nonsense: 1 } as object)
      .toArray()
      .catch((thrown: unknown) => thrown);
    expect(mongoFault(wrong, 'what').fault).toMatchObject({ kind: 'internal', details: { reason: 'BadValue' } });
    const other = await connectMongo({ ...settings, uri: new Secret(server.uri) });
    await other.close();
    const closed = await other
      .database('rows')
      .collection('rows')
      .findOne()
      .catch((thrown: unknown) => thrown);
    expect(mongoFault(closed, 'what').fault.kind).toBe('unavailable');
    expect(mongoFault(new Error('mine'), 'what').fault.kind).toBe('internal');
  });
});
