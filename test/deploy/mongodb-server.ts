// A MongoDB that is started and set up as in deploy/compose: TLS, and nobody but the accounts that are deployed.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { freePorts } from '../infra/free-ports.ts';
import { mongod } from '../infra/provision.ts';
import { serverFolder, startServer } from '../infra/server-process.ts';
import { composeFolder, prepareSecrets } from './compose.ts';
import { runInMongoShell } from './mongo-shell.ts';

export interface DeployedMongo {
  /** Connection string of an account with its password. */
  uriOf(user: string): string;
  /** Connection string without a name and password. */
  readonly strangersUri: string;
  connectAs(user: string): Promise<MongoConnection>;
  /** Gives the accounts new passwords and rights by running the script again; resolves with what it printed. */
  makeAccounts(newPasswords: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

/** `secrets` is a folder that deploy/compose/prepare.sh has filled; by default one of its own. */
export async function startDeployedMongo(secrets?: string): Promise<DeployedMongo> {
  const folder = serverFolder('deployed-mongodb');
  const given = secrets ?? join(folder.path, 'secrets');
  if (secrets === undefined) prepareSecrets(given);
  const [port = 0] = await freePorts(1);
  const server = await startServer(mongod.program, serverArguments(folder.path, given, port), (output) =>
    output.includes('"Waiting for connections"') ? true : undefined,
  );
  const caFile = join(given, 'certificates/mongodb/ca.crt');
  const setUpUri = `mongodb://localhost:${port}/?directConnection=true&tls=true&tlsCAFile=${caFile}`;
  const environment = {
    WAYBILL_MONGODB_HOST: `localhost:${port}`,
    WAYBILL_MONGODB_ROOT_PASSWORD_FILE: join(given, 'passwords/root'),
    WAYBILL_MONGODB_PASSWORDS: join(given, 'passwords'),
  };
  const shell = (script: string) => runInMongoShell(script, { uri: setUpUri, environment });
  await shell('set-up.js');
  await shell('set-up.js');
  await shell('accounts.js');

  const uriOf = (user: string) =>
    readFileSync(join(given, 'mongodb', user), 'utf8')
      .replace('mongodb:27017', `localhost:${port}`)
      .replace('/etc/waybill/tls/ca.crt', caFile);
  const connections: MongoConnection[] = [];
  return {
    uriOf,
    strangersUri: `mongodb://localhost:${port}/?replicaSet=waybill&tls=true&tlsCAFile=${caFile}`,
    async connectAs(user) {
      const uri = new Secret(uriOf(user));
      const connection = await connectMongo({ uri, databasePrefix: 'waybill', appName: user, timeoutMs: 5_000 });
      connections.push(connection);
      return connection;
    },
    makeAccounts(newPasswords) {
      const passwords = join(folder.path, 'passwords');
      mkdirSync(passwords, { recursive: true });
      for (const user of Object.keys(newPasswords)) writeFileSync(join(passwords, user), newPasswords[user]!);
      return runInMongoShell('accounts.js', {
        uri: setUpUri,
        environment: { ...environment, WAYBILL_MONGODB_PASSWORDS: passwords },
      });
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      await server.stop();
      folder.remove();
    },
  };
}

/** Those of compose.yaml, with files and address of this machine. */
function serverArguments(folder: string, secrets: string, port: number): string[] {
  const compose = readFileSync(join(composeFolder, 'compose.yaml'), 'utf8');
  const command = /exec mongod ([\s\S]*?)\n {4}\w/.exec(compose)?.[1];
  if (command === undefined) throw new Error('compose.yaml starts no mongod any more');
  const key = join(folder, 'key');
  copyFileSync(join(secrets, 'mongodb-key'), key);
  chmodSync(key, 0o400);
  mkdirSync(join(folder, 'data'));
  return command
    .replaceAll('/etc/waybill/tls', join(secrets, 'certificates/mongodb'))
    .replace('/tmp/key', key)
    .replace('--bind_ip_all', `--bind_ip localhost --port ${port} --nounixsocket --dbpath ${join(folder, 'data')}`)
    .replace('CacheSizeGB 1', 'CacheSizeGB 0.25')
    .trim()
    .split(/\s+/);
}
