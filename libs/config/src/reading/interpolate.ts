// `${NAME}` in a value stands for an environment variable, `${file:/path}` for what a file holds, and
// `${vault:mount/path#field}` for a field of a secret in Vault.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Result } from '@waybill/kernel';
import type { Environment } from './environment.ts';
import { type Problems, pathText } from './problems.ts';
import type { Tree } from './tree.ts';

// In YAML's { flow } style an unquoted `${NAME}` would be a mapping; these marks of the same length are plain text.
const openMark = '\uE000\uE000';
const closeMark = '\uE001';
const reference = /\uE000\uE000([^\uE001]*)\uE001|\$\{/g;
const filePrefix = 'file:';
const vaultPrefix = 'vault:';
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The text of a file with its references marked, so that YAML takes them for text wherever they stand. */
export function markReferences(text: string): string {
  return text.replace(/\$\{([^}\n]*)\}/g, `${openMark}$1${closeMark}`);
}

/** What Vault has said to each reference, by its text without `vault:`; undefined where it was not asked. */
export type VaultFields = ReadonlyMap<string, Result<string>>;

export interface References {
  readonly environment: Environment;
  /** Relative paths of files are below it. */
  readonly folder: string;
  readonly vault: VaultFields | undefined;
}

/** The tree of a marked text with values in place of the references. */
export function interpolate(tree: Tree, references: References, problems: Problems): Tree {
  return replaceIn(tree, [], { ...references, problems }) as Tree;
}

/** The references to Vault in the tree of a marked text, each once, without `vault:`. */
export function vaultReferences(tree: unknown): readonly string[] {
  const marked = JSON.stringify(tree).matchAll(reference);
  const names = [...marked].map(([, name]) => name ?? '').filter((name) => name.startsWith(vaultPrefix));
  return [...new Set(names.map((name) => name.slice(vaultPrefix.length)))];
}

interface Given extends References {
  readonly problems: Problems;
}

function replaceIn(value: unknown, path: readonly PropertyKey[], given: Given): unknown {
  if (typeof value === 'string') return replaceInText(value, path, given);
  if (Array.isArray(value)) return value.map((each, index) => replaceIn(each, [...path, index], given));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([marked, each]) => {
    const name = asWritten(marked);
    return [name, replaceIn(each, [...path, name], given)];
  });
  return Object.fromEntries(entries);
}

function replaceInText(text: string, path: readonly PropertyKey[], given: Given): string {
  return text.replace(reference, (whole, name: string | undefined) => {
    if (name?.startsWith(filePrefix)) return contentOf(name.slice(filePrefix.length), path, given);
    if (name?.startsWith(vaultPrefix)) return fieldOf(name.slice(vaultPrefix.length), path, given);
    if (name !== undefined && variableName.test(name)) return variable(name, path, given);
    const message = `has ${asWritten(whole)}, which names no environment variable; write \${NAME}, \${file:/path} or \${vault:mount/path#field}`;
    given.problems.add(pathText(path), message);
    return '';
  });
}

function variable(name: string, path: readonly PropertyKey[], { environment, problems }: Given): string {
  const value = environment[name];
  if (value === undefined) {
    problems.add(pathText(path), `needs the environment variable ${name}, which is not set; set it, or add it to .env`);
    return '';
  }
  problems.hide(value, name);
  return value;
}

function fieldOf(name: string, path: readonly PropertyKey[], { vault, problems }: Given): string {
  const answer = vault?.get(name);
  if (answer?.ok) {
    problems.hide(answer.value, `${vaultPrefix}${name}`);
    return answer.value;
  }
  const why = answer?.fault.message ?? 'no Vault was asked: give vault.address (VAULT_ADDR) and a way to log in';
  problems.add(pathText(path), `needs ${name} of Vault, and ${why}`);
  return '';
}

/** Without the line end that editors and `echo` leave there. */
function contentOf(file: string, path: readonly PropertyKey[], { folder, problems }: Given): string {
  try {
    const content = readFileSync(resolve(folder, file), 'utf8').replace(/\r?\n$/, '');
    problems.hide(content, `${filePrefix}${file}`);
    return content;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.add(
      pathText(path),
      `needs the file ${file}, which cannot be read (${code}); check that it is there, and that this user may read it`,
    );
    return '';
  }
}

function asWritten(marked: string): string {
  return marked.replaceAll(openMark, '${').replaceAll(closeMark, '}');
}
