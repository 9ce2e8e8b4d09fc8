import { afterAll, beforeAll, describe } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { hasMongo, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { sealedKeysContract } from '../testing/sealed-keys-contract.ts';
import { openMongoSealedKeys } from './mongo-sealed-keys.ts';

(hasMongo ? describe : describe.skip)('with a server', () => {
  let server: MongoReplicaSet;
  let connection: MongoConnection;

  beforeAll(async () => {
    server = await startMongoReplicaSet();
    const uri = new Secret(server.uri);
    connection = await connectMongo({ uri, databasePrefix: 'waybill', appName: 'test', timeoutMs: 5_000 });
  });

  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  sealedKeysContract('sealed keys in MongoDB', { open: () => openMongoSealedKeys(connection) });
});
