// A MongoDB that lets in nobody but the accounts that are deployed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceNames } from '@waybill/config';
import { Secret } from '@waybill/kernel';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { MongoClient } from 'mongodb';
import { startMongoReplicaSet } from '../infra/mongodb.ts';
import { runAccountsScript } from './mongodb-accounts.ts';

export interface DeployedMongo {
  /** Connection string without a name and password. */
  readonly uri: string;
  /** `of-<user>` is the password unless another one was given. */
  connectAs(user: string, password?: string): Promise<MongoConnection>;
  /** Runs the script again; resolves with what it printed. */
  makeAccounts(newPasswords: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

const rootPassword = 'of-root';

export async function startDeployedMongo(): Promise<DeployedMongo> {
  const passwords = mkdtempSync(join(tmpdir(), 'waybill-passwords-'));
  const server = await startMongoReplicaSet({ rootPassword });
  const uriOf = (user: string, password: string) => server.uri.replace('//', `//${user}:${password}@`);
  const root = await MongoClient.connect(uriOf('root', rootPassword));
  const connections: MongoConnection[] = [];
  const makeAccounts: DeployedMongo['makeAccounts'] = (given) => {
    for (const [user, password] of Object.entries(given)) writeFileSync(join(passwords, user), `${password}\n`);
    return runAccountsScript(root, { WAYBILL_MONGODB_PASSWORDS: passwords });
  };
  await makeAccounts(Object.fromEntries([...serviceNames, 'operator'].map((user) => [user, `of-${user}`])));
  return {
    uri: server.uri,
    makeAccounts,
    async connectAs(user, password = `of-${user}`) {
      const uri = new Secret(uriOf(user, password));
      const connection = await connectMongo({ uri, databasePrefix: 'waybill', appName: user, timeoutMs: 5_000 });
      connections.push(connection);
      return connection;
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      await root.close();
      await server.stop();
      rmSync(passwords, { recursive: true });
    },
  };
}
