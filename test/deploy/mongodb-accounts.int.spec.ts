// deploy/mongodb on a real server: each service can do what it must, and no more.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceNames } from '@waybill/config';
import { inTransaction } from '@waybill/mongodb';
import { MongoClient } from 'mongodb';
import { hasMongo } from '../infra/mongodb.ts';
import { type DeployedMongo, startDeployedMongo } from './mongodb-server.ts';

const refused = /not authorized/;
const databaseOf = (service: string) => service.replaceAll('-', '_');

(hasMongo ? describe : describe.skip)('the accounts of MongoDB', () => {
  let server: DeployedMongo;
  const as = (user: string) => server.connectAs(user);

  beforeAll(async () => {
    server = await startDeployedMongo();
    await (await as('cost')).database('events').collection('batches').insertOne({ subject: 'first' });
  });

  afterAll(() => server?.stop());

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
    const stranger = await MongoClient.connect(server.strangersUri);
    await expect(stranger.db('waybill_events').collection('batches').findOne({})).rejects.toThrow(/authentication/);
    await stranger.close();
    const withWrongPassword = server.uriOf('cost').replace(/:[0-9a-f]+@/, ':wrong@');
    await expect(MongoClient.connect(withWrongPassword)).rejects.toThrow(/Authentication failed/);
  });

  test('run again, the script gives passwords that have been changed', async () => {
    const renewed = Object.fromEntries([...serviceNames, 'operator'].map((user) => [user, 'renewed']));
    const before = server.uriOf('selector');
    expect(await server.makeAccounts(renewed)).toBe('7 users may use waybill_*\n');
    await expect(MongoClient.connect(before)).rejects.toThrow(/Authentication failed/);
    const client = await MongoClient.connect(before.replace(/:[0-9a-f]+@/, ':renewed@'));
    await client.close();
  });
});
