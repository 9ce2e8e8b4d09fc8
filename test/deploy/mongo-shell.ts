// Runs the scripts of deploy/mongodb as mongosh would, as far as they need it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { repositoryRoot } from '../infra/command.ts';

/** What the scripts need of mongosh. */
interface Shell {
  readonly db: Database;
  print(line: string): void;
  readonly process: { readonly env: Readonly<Record<string, string>> };
  readonly require: NodeJS.Require;
  readonly __dirname: string;
}

interface Database {
  adminCommand(command: Document): Promise<Document>;
  getSiblingDB(name: string): { auth(user: string, password: string): Promise<void> };
}

/** Runs one script against the server; resolves with what it printed. */
export async function runInMongoShell(
  script: string,
  { uri, environment }: { readonly uri: string; readonly environment: Record<string, string> },
): Promise<string> {
  const path = join(repositoryRoot, 'deploy/mongodb', script);
  let client = await MongoClient.connect(uri);
  let printed = '';
  const shell: Shell = {
    db: {
      adminCommand: (command) => client.db('admin').command(command),
      getSiblingDB: () => ({
        async auth(username, password) {
          await client.close();
          client = await MongoClient.connect(uri, { auth: { username, password } });
        },
      }),
    },
    print(line) {
      printed += `${line}\n`;
    },
    process: { env: environment },
    require: createRequire(path),
    __dirname: dirname(path),
  };
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  try {
    await new AsyncFunction(...Object.keys(shell), readFileSync(path, 'utf8'))(...Object.values(shell));
    return printed;
  } finally {
    await client.close();
  }
}
