// Where values come from besides the file: the process's environment, .env, and flags.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Problems } from './problems.ts';

/** Variables that are set to something; an empty variable counts as not set. */
export type Environment = Readonly<Record<string, string>>;

/** The environment of this process. Nothing else of ours reads it. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** What is set, a variable going before the same name in the `.env` file of the working directory. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  cwd: string,
  problems: Problems,
): Environment {
  const merged = { ...dotenv(join(cwd, '.env'), problems), ...withoutEmpty(variables) };
  return Object.assign(Object.create(null), withoutEmpty(merged));
}

function dotenv(path: string, problems: Problems): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') problems.add(path, `cannot be read (${code}); make it readable, or remove it`);
    return {};
  }
}

function withoutEmpty(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
}
