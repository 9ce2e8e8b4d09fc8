// Runs the script that makes the accounts, as mongosh would.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Document, MongoClient } from 'mongodb';
import { repositoryRoot } from '../infra/command.ts';

const script = join(repositoryRoot, 'deploy/mongodb/accounts.js');

/** What the script needs of mongosh. */
interface Shell {
  readonly db: { adminCommand(command: Document): Promise<Document> };
  print(line: string): void;
  readonly process: { readonly env: Readonly<Record<string, string>> };
  readonly require: NodeJS.Require;
  readonly __dirname: string;
}

/** Resolves with what it printed. */
export async function runAccountsScript(client: MongoClient, environment: Record<string, string>): Promise<string> {
  let printed = '';
  const shell: Shell = {
    db: { adminCommand: (command) => client.db('admin').command(command) },
    print: (line) => {
      printed += `${line}\n`;
    },
    process: { env: environment },
    require: createRequire(script),
    __dirname: dirname(script),
  };
  const names = Object.keys(shell);
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  await new AsyncFunction(...names, readFileSync(script, 'utf8'))(...Object.values(shell));
  return printed;
}
