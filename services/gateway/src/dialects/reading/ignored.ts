// Fields that were asked for and that Waybill does nothing with: said in a warning, never dropped silently.
import type { Warning } from '@waybill/contracts';

const longestName = 64;
const mostNamed = 16;
const deepest = 12;

/**
 * A warning for each field that is set in the body and that its schema did not take: what was read holds all fields that
 * are known. Fields of the harmless names are what answers consist of and clients send back. Entries of a list count as
 * one: `tools[].cache_control`.
 */
export function warnOfIgnored(body: unknown, read: unknown, harmless: ReadonlySet<string> = nothing): Warning[] {
  const search: Search = { harmless, path: [], subjects: new Set() };
  compare(body, read, search);
  return [...search.subjects].map((subject) => unsupported(subject, 'is not supported and was ignored'));
}

const nothing: ReadonlySet<string> = new Set();

interface Search {
  readonly harmless: ReadonlySet<string>;
  /** Where it is; a list is an empty name. Every call comes through here: text is made of it only where it is needed. */
  readonly path: string[];
  readonly subjects: Set<string>;
}

/** What a schema leaves as it is, it takes whole. */
function compare(sent: unknown, read: unknown, search: Search): void {
  if (sent === read || typeof sent !== 'object' || sent === null || typeof read !== 'object' || read === null) return;
  if (search.path.length === deepest || search.subjects.size === mostNamed || Buffer.isBuffer(read)) return;
  if (Array.isArray(sent)) compareLists(sent, read, search);
  else compareFields(sent as Fields, read as Fields, search);
}

function compareLists(sent: readonly unknown[], read: object, search: Search): void {
  if (!Array.isArray(read)) return;
  search.path.push('');
  for (let index = 0; index < sent.length; index += 1) compare(sent[index], read[index], search);
  search.path.pop();
}

type Fields = Readonly<Record<string, unknown>>;

function compareFields(sent: Fields, read: Fields, search: Search): void {
  for (const name of Object.keys(sent)) {
    const value = sent[name];
    if (value === null || value === false) continue;
    search.path.push(name);
    if (Object.hasOwn(read, name)) compare(value, read[name], search);
    else if (!search.harmless.has(name) && search.subjects.size < mostNamed) search.subjects.add(textOf(search.path));
    search.path.pop();
  }
}

function textOf(path: readonly string[]): string {
  return path
    .map((name) => (name === '' ? '[]' : `.${name.slice(0, longestName)}`))
    .join('')
    .slice(1);
}

export function unsupported(subject: string, message: string): Warning {
  return { code: 'unsupported', subject, message };
}

export function adjusted(subject: string, message: string): Warning {
  return { code: 'adjusted', subject, message };
}
