// A real MongoDB for tests: one mongod as a replica set of one, so that transactions and change streams work.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
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
  /** Lets in nobody without a name and password; `root` has this one. By default everybody is let in. */
  rootPassword?: string;
  /** Lets tests tell the server when to fail: its command `configureFailPoint`. By default it knows none. */
  failPoints?: boolean;
  /** Takes TLS too, by this certificate and key in one file, and asks its clients for none. By default plain text alone. */
  tls?: { caFile: string; certificateKeyFile: string };
  /** Keeps a terminal's Ctrl-C from it. */
  detached?: boolean;
}

export interface MongoReplicaSet extends ServerProcess {
  /** Connection string without a database: `mongodb://127.0.0.1:<port>/?replicaSet=waybill` */
  uri: string;
  port: number;
}

export async function startMongoReplicaSet(options: MongoOptions = {}): Promise<MongoReplicaSet> {
  const folder = serverFolder('mongodb', options.dataDirectory);
  const port = options.port ?? (await freePort());
  const { rootPassword, failPoints, tls, detached } = options;
  const args = [
    ...['--replSet', replicaSet],
    ...(rootPassword ? authentication(folder.path) : []),
    ...(failPoints ? ['--setParameter', 'enableTestCommands=1'] : []),
    ...(tls ? encryption(tls) : []),
  ];
  const server = await startMongod(port, folder.path, args, detached);
  try {
    await becomePrimary(port, rootPassword);
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

/** A server that is no replica set, and so makes no transactions. */
export async function startMongoAlone(): Promise<MongoReplicaSet> {
  const folder = serverFolder('mongodb');
  const port = await freePort();
  const { pid, kill, stop } = await startMongod(port, folder.path, []);
  return { pid, port, uri: `mongodb://127.0.0.1:${port}/`, kill, stop: () => stop().then(folder.remove) };
}

function startMongod(
  port: number,
  folder: string,
  args: readonly string[],
  detached?: boolean,
): Promise<ServerProcess> {
  const fixed = `--bind_ip 127.0.0.1 --port ${port} --nounixsocket --wiredTigerCacheSizeGB 0.25`;
  const isReady = (output: string) => (output.includes('"Waiting for connections"') ? true : undefined);
  return startServer(mongod.program, [...fixed.split(' '), '--dbpath', folder, ...args], isReady, { detached });
}

function encryption({ caFile, certificateKeyFile }: { caFile: string; certificateKeyFile: string }): string[] {
  const files = ['--tlsCAFile', caFile, '--tlsCertificateKeyFile', certificateKeyFile];
  return ['--tlsMode', 'preferTLS', ...files, '--tlsAllowConnectionsWithoutCertificates'];
}

/** Members of a set that asks for passwords know each other by a key. */
function authentication(folder: string): string[] {
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, randomBytes(96).toString('base64'), { mode: 0o600 });
  return ['--auth', '--keyFile', keyFile];
}

/** Initiates the set and makes its first user if its data is new, and waits until it accepts writes. */
async function becomePrimary(port: number, rootPassword: string | undefined): Promise<void> {
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  const admin = client.db('admin');
  const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
  try {
    await admin.command({ replSetInitiate: { _id: replicaSet, members } }).catch((error) => {
      if (!wasThereBefore(error)) throw error;
    });
    const deadline = Date.now() + 20_000;
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (Date.now() > deadline) throw new Error('the MongoDB replica set has no primary after 20 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (rootPassword === undefined) return;
    await admin.command({ createUser: 'root', pwd: rootPassword, roles: ['root'] }).catch((error) => {
      if (!wasThereBefore(error)) throw error;
    });
  } finally {
    await client.close();
  }
}

/** Where there are users already, nobody else may ask. */
function wasThereBefore(error: { codeName?: string }): boolean {
  return error.codeName === 'AlreadyInitialized' || error.codeName === 'Unauthorized';
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
