// A real MongoDB for tests: one mongod as a replica set of one, so that transactions and change streams work.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import { isProvisioned, mongod } from './provision.ts';
import { type ServerProcess, serverFolder, startServer } from './server-process.ts';

/** Claims that the server is at hand; suites that need it are skipped without: `(hasMongo ? describe : describe.skip)(...)`. */
export const hasMongo = isProvisioned(mongod);

const replicaSet = 'waybill';

export interface MongoOptions {
  /** Keeps the data here, also after `stop`; by default in a folder that `stop` removes. */
  dataDirectory?: string;
  /** By default a free one; a replica set that is started again on its data must have the port it had. */
  port?: number;
}

export interface MongoReplicaSet extends ServerProcess {
  /** Connection string without a database: `mongodb://127.0.0.1:<port>/?replicaSet=waybill` */
  uri: string;
  port: number;
}

export async function startMongoReplicaSet(options: MongoOptions = {}): Promise<MongoReplicaSet> {
  const folder = serverFolder('mongodb', options.dataDirectory);
  const port = options.port ?? (await freePort());
  const args = `--replSet ${replicaSet} --bind_ip 127.0.0.1 --port ${port} --nounixsocket --wiredTigerCacheSizeGB 0.25`;
  const server = await startServer(mongod.program, [...args.split(' '), '--dbpath', folder.path], (output) =>
    output.includes('"Waiting for connections"') ? true : undefined,
  );
  try {
    await becomePrimary(port);
  } catch (error) {
    await server.kill();
    folder.remove();
    throw error;
  }
  return {
    pid: server.pid,
    port,
    uri: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSet}`,
    kill: server.kill,
    stop: () => server.stop().then(folder.remove),
  };
}

/** Initiates the set if its data is new, and waits until it accepts writes. */
async function becomePrimary(port: number): Promise<void> {
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  const admin = client.db('admin');
  const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
  try {
    await admin.command({ replSetInitiate: { _id: replicaSet, members } }).catch((error) => {
      if (error.codeName !== 'AlreadyInitialized') throw error;
    });
    const deadline = Date.now() + 20_000;
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (Date.now() > deadline) throw new Error('the MongoDB replica set has no primary after 20 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await client.close();
  }
}

/** mongod cannot choose a port and say which; between here and its start somebody else could take it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
