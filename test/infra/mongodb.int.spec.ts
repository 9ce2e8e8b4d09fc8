import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from './mongodb.ts';

(hasMongo ? describe : describe.skip)('the MongoDB of the tests', () => {
  let server: MongoReplicaSet;
  let client: MongoClient;

  beforeAll(async () => {
    server = await startMongoReplicaSet();
    client = await MongoClient.connect(server.uri, { writeConcern: { w: 'majority' } });
  });

  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });

  const rows = () => client.db('books').collection<{ _id: string; position: number }>('rows');

  async function insertInTransaction(ids: string[]): Promise<void> {
    await client.withSession((session) =>
      session.withTransaction(
        async () => {
          for (const id of ids) await rows().insertOne({ _id: id, position: 1 }, { session });
        },
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true } },
      ),
    );
  }

  test('commits a transaction over several documents with majority', async () => {
    await insertInTransaction(['a', 'b']);
    expect(await rows().countDocuments({ _id: { $in: ['a', 'b'] } })).toBe(2);
  });

  test('leaves nothing of a transaction that fails', async () => {
    await expect(insertInTransaction(['c', 'a'])).rejects.toThrow('E11000');
    expect(await rows().countDocuments({ _id: 'c' })).toBe(0);
  });

  test('tells change streams of what was committed', async () => {
    const changes = rows().watch();
    expect(await changes.tryNext()).toBeNull();
    await insertInTransaction(['d']);
    expect(await changes.next()).toMatchObject({ operationType: 'insert', documentKey: { _id: 'd' } });
    await changes.close();
  });
});
