import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { agreeOnSecret } from './mongo-secret-check.ts';

(hasMongo ? describe : describe.skip)('the secret of all replicas', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;
  beforeAll(async () => {
    server = await startMongoReplicaSet();
    const uri = new Secret(server.uri);
    connection = await connectMongo({ uri, databasePrefix: 'waybill', appName: 'test', timeoutMs: 2_000 });
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  }, 60_000);

  test('is that of the first, however many come at once; another one is refused with the fix', async () => {
    const outcomes = await Promise.allSettled(
      ['one', 'one', 'two', 'one'].map((fingerprint) => agreeOnSecret(connection, fingerprint, '/gateway.secret')),
    );
    const stored = await connection.database('gateway').collection('settings').findOne();
    const agreed = ['one', 'one', 'two', 'one'].map((each) =>
      each === stored?.fingerprint ? 'fulfilled' : 'rejected',
    );
    expect(outcomes.map(({ status }) => status)).toEqual(agreed);
    await expect(agreeOnSecret(connection, 'three', '/gateway.secret')).rejects.toMatchObject({
      fault: {
        kind: 'conflict',
        message: expect.stringMatching(/\/gateway\.secret.*server\.secret_file.*waybill_gateway\.settings/s),
      },
    });
  });
});
