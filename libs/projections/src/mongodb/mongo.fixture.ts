// A real server for the suites of this folder, and connections that share nothing on it.
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { type MongoOptions, type MongoReplicaSet, startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';

export interface MongoUnderTest {
  /** Replaced when it is started anew. */
  server: MongoReplicaSet;
  /** With databases of its own unless a prefix is given. Closed with the server. */
  connect(databasePrefix?: string): Promise<MongoConnection>;
  stop(): Promise<void>;
}

export async function startMongoUnderTest(options: MongoOptions = {}): Promise<MongoUnderTest> {
  const connections: MongoConnection[] = [];
  const underTest: MongoUnderTest = {
    server: await startMongoReplicaSet(options),
    async connect(databasePrefix = `test${connections.length}`) {
      const uri = new Secret(underTest.server.uri);
      const connection = await connectMongo({ uri, databasePrefix, appName: 'test', timeoutMs: 2_000 });
      connections.push(connection);
      return connection;
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      await underTest.server.stop();
    },
  };
  return underTest;
}
