// Transactions while the server and the way to it fail in the ways that drivers are told to expect.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import type { ClientSession, Collection } from 'mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../test/infra/mongodb.ts';
import { startTcpProxy, type TcpProxy } from '../../../test/infra/tcp-proxy.ts';
import { connectMongo, type MongoConnection } from './connection.ts';
import { mongoFault } from './faults.ts';
import { inTransaction } from './transaction.ts';

(hasMongo ? describe : describe.skip)('a transaction', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  let counters: Collection<{ _id: string; count: number }>;
  let runs: number;

  const connect = (uri: string) =>
    connectMongo({ uri: new Secret(uri), databasePrefix: 'test', appName: 'test', timeoutMs: 1_000 });

  beforeAll(async () => {
    server = await startMongoReplicaSet({ failPoints: true });
    connection = await connect(server.uri);
    counters = connection.database('counting').collection('counters');
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    await counters.deleteMany({});
    await counters.insertOne({ _id: 'counter', count: 0 });
  });
  afterEach(() => failCommands('off', {}));

  function failCommands(mode: string | { times: number }, data: Record<string, unknown>): Promise<unknown> {
    return connection.client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });
  }

  const raiseBy = (by: MongoConnection) => async (session: ClientSession) => {
    runs += 1;
    const own = by.database('counting').collection<{ _id: string }>('counters');
    await own.updateOne({ _id: 'counter' }, { $inc: { count: 1 } }, { session });
  };
  const raise = (session: ClientSession) => raiseBy(connection)(session);

  const count = async () => (await counters.findOne())?.count;

  test('whose work meets a passing failure three times runs four times, and counts once', async () => {
    const data = { failCommands: ['update'], errorCode: 251, errorLabels: ['TransientTransactionError'] };
    await failCommands({ times: 3 }, data);
    await inTransaction(connection, raise);
    expect(runs).toBe(4);
    expect(await count()).toBe(1);
  });

  test('whose connection is closed under its work is done again', async () => {
    await failCommands({ times: 1 }, { failCommands: ['update'], closeConnection: true });
    await inTransaction(connection, raise);
    expect(runs).toBe(2);
    expect(await count()).toBe(1);
  });

  test('whose commit is refused for now is committed again, without its work', async () => {
    await failCommands({ times: 2 }, { failCommands: ['commitTransaction'], errorCode: 11_602 });
    await inTransaction(connection, raise);
    expect(runs).toBe(1);
    expect(await count()).toBe(1);
  });

  test('whose commit is not yet with a majority is committed again until it is', async () => {
    const writeConcernError = { code: 91, errmsg: 'shutting down' };
    await failCommands({ times: 3 }, { failCommands: ['commitTransaction'], writeConcernError });
    await inTransaction(connection, raise);
    expect(runs).toBe(1);
    expect(await count()).toBe(1);
  });

  test('whose commit never is with a majority is unavailable in bounded time, and may have taken effect', async () => {
    const writeConcernError = { code: 91, errmsg: 'shutting down' };
    await failCommands('alwaysOn', { failCommands: ['commitTransaction'], writeConcernError });
    const outcome = await inTransaction(connection, raise).catch((thrown: unknown) => mongoFault(thrown, 'counting'));
    expect(outcome).toMatchObject({ fault: { kind: 'unavailable', message: 'counting' } });
    await failCommands('off', {});
    expect(await count()).toBe(1);
  });

  test('whose work is refused for good is not done again, and leaves nothing', async () => {
    const refused = inTransaction(connection, async (session) => {
      await raise(session);
      await counters.insertOne({ _id: 'counter', count: 5 }, { session });
    });
    await expect(refused).rejects.toMatchObject({ code: 11_000 });
    expect(runs).toBe(1);
    expect(await count()).toBe(0);
  });

  describe('by a way that breaks', () => {
    let proxy: TcpProxy;
    let broken: MongoConnection;
    beforeEach(async () => {
      proxy = await startTcpProxy(server.port);
      broken = await connect(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`);
    });
    afterEach(async () => {
      await broken.close();
      proxy.close();
    });

    test('after the commit took effect, twice, is committed once', async () => {
      proxy.cutAnswersTo('commitTransaction', 2);
      await inTransaction(broken, raiseBy(broken));
      expect(runs).toBe(1);
      expect(await count()).toBe(1);
    });

    test('after its work was done, before anybody knows, is done anew', async () => {
      proxy.cutAnswersTo('startTransaction', 1);
      await inTransaction(broken, raiseBy(broken));
      expect(runs).toBe(2);
      expect(await count()).toBe(1);
    });

    test('for good is unavailable in bounded time', async () => {
      proxy.cutAnswersTo('commitTransaction', Number.POSITIVE_INFINITY);
      const outcome = await inTransaction(broken, raiseBy(broken)).catch((thrown: unknown) =>
        mongoFault(thrown, 'counting'),
      );
      expect(outcome).toMatchObject({ fault: { kind: 'unavailable' } });
      expect(await count()).toBe(1);
    });
  });
});
