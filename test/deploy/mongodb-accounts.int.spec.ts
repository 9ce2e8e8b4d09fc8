// deploy/mongodb on a real server: each service can do what it must, and no more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceNames } from '@waybill/config';
import { Secret } from '@waybill/kernel';
import { connectMongo, inTransaction, type MongoConnection } from '@waybill/mongodb';
import { MongoClient } from 'mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../infra/mongodb.ts';
import { runAccountsScript } from './mongodb-accounts.ts';

const refused = /not authorized/;
const rootPassword = 'of-root';
const databaseOf = (service: string) => service.replaceAll('-', '_');

(hasMongo ? describe : describe.skip)('the accounts of MongoDB', () => {
  const passwords = mkdtempSync(join(tmpdir(), 'waybill-passwords-'));
  const connections: MongoConnection[] = [];
  let server: MongoReplicaSet;
  let root: MongoClient;

  const uriOf = (user: string, password: string) => server.uri.replace('//', `//${user}:${password}@`);
  const as = async (user: string, password = `of-${user}`) => {
    const uri = new Secret(uriOf(user, password));
    const connection = await connectMongo({ uri, databasePrefix: 'waybill', appName: user, timeoutMs: 5_000 });
    connections.push(connection);
    return connection;
  };
  const makeAccounts = () => runAccountsScript(root, { WAYBILL_MONGODB_PASSWORDS: passwords });

  beforeAll(async () => {
    server = await startMongoReplicaSet({ rootPassword });
    root = await MongoClient.connect(uriOf('root', rootPassword));
    for (const user of [...serviceNames, 'operator']) writeFileSync(join(passwords, user), `of-${user}\n`);
    await makeAccounts();
    await (await as('cost')).database('events').collection('batches').insertOne({ subject: 'first' });
  });

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await root?.close();
    await server?.stop();
    rmSync(passwords, { recursive: true });
  });

  describe.each(serviceNames)('%s', (service) => {
    const other = serviceNames.find((name) => name !== service)!;

    test('keeps read models of its own: collections, indexes, validators, transactions, removal', async () => {
      const connection = await as(service);
      const own = connection.database(databaseOf(service));
      await own.createCollection('rows_1');
      await own.command({ collMod: 'rows_1', validator: { $jsonSchema: { bsonType: 'object' } } });
      await own.collection('rows_1').createIndex({ tenant: 1 });
      await inTransaction(connection, async (session) => {
        await own.collection('rows_1').insertOne({ tenant: 'acme' }, { session });
        await own.collection('rows_1').updateOne({ tenant: 'acme' }, { $set: { n: 1 } }, { session });
      });
      await own.collection('rows_1').rename('rows_2');
      expect(
        await own
          .collection('rows_2')
          .find({}, { projection: { _id: 0 } })
          .toArray(),
      ).toEqual([{ tenant: 'acme', n: 1 }]);
      await own.collection('rows_2').deleteMany({});
      await own.collection('rows_2').drop();
    });

    test('takes and gives up leases by the clock of the server', async () => {
      const leases = (await as(service)).database('leases').collection<{ _id: string }>('leases');
      const until = [{ $set: { until: { $add: ['$$NOW', 1_000] } } }];
      expect(await leases.updateOne({ _id: service }, until, { upsert: true })).toMatchObject({ upsertedCount: 1 });
      expect(await leases.deleteOne({ _id: service })).toMatchObject({ deletedCount: 1 });
    });

    test('reads the archive', async () => {
      const batches = (await as(service)).database('events').collection('batches');
      expect(await batches.countDocuments({ subject: 'first' })).toBe(1);
    });

    test('removes nothing from the archive', async () => {
      const events = (await as(service)).database('events');
      await expect(events.collection('batches').deleteOne({})).rejects.toThrow(refused);
      await expect(events.collection('batches').drop()).rejects.toThrow(refused);
      await expect(events.dropDatabase()).rejects.toThrow(refused);
    });

    test('neither reads nor writes what belongs to another service, nor administers users', async () => {
      const connection = await as(service);
      const foreign = connection.database(databaseOf(other)).collection('rows');
      await expect(foreign.findOne({})).rejects.toThrow(refused);
      await expect(foreign.insertOne({})).rejects.toThrow(refused);
      const grant = { grantRolesToUser: service, roles: ['root'] };
      await expect(connection.client.db('admin').command(grant)).rejects.toThrow(refused);
    });
  });

  test.each(serviceNames.filter((name) => name !== 'cost'))('%s writes nothing into the archive', async (service) => {
    const events = (await as(service)).database('events');
    await expect(events.collection('batches').insertOne({})).rejects.toThrow(refused);
    await expect(events.collection('batches').updateOne({}, { $set: { subject: 'other' } })).rejects.toThrow(refused);
    await expect(events.createCollection('other')).rejects.toThrow(refused);
  });

  test('the operator reads the books and repairs the archive, and reads no keys of callers', async () => {
    const connection = await as('operator');
    await connection.database('cost').collection('entries').findOne({});
    const { matchedCount } = await connection
      .database('events')
      .collection('batches')
      .updateMany({}, { $set: { n: 1 } });
    expect(matchedCount).toBe(1);
    await expect(connection.database('gateway').collection('keys').findOne({})).rejects.toThrow(refused);
  });

  test('nobody gets in without a password', async () => {
    await expect(as('cost', 'wrong')).rejects.toThrow();
    const stranger = await MongoClient.connect(server.uri);
    await expect(stranger.db('waybill_events').collection('batches').findOne({})).rejects.toThrow(/authentication/);
    await stranger.close();
  });

  test('run again, the script gives passwords that have been changed', async () => {
    writeFileSync(join(passwords, 'selector'), 'renewed');
    expect(await makeAccounts()).toBe('7 users may use waybill_*\n');
    await as('selector', 'renewed');
    await expect(as('selector', 'of-selector')).rejects.toThrow();
  });
});
