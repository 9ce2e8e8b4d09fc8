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
  const subjects = new Set<string>();
  for (const field of ignoredFields(body, read, { path: '', depth: 0 })) {
    if (!harmless.has(field.name)) subjects.add(field.path);
    if (subjects.size === mostNamed) break;
  }
  return [...subjects].map((subject) => unsupported(subject, 'is not supported and was ignored'));
}

const nothing: ReadonlySet<string> = new Set();

interface Field {
  readonly path: string;
  readonly name: string;
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function* ignoredFields(sent: unknown, read: unknown, { path, depth }: Place): Generator<Field> {
  if (depth > deepest) return;
  if (Array.isArray(sent) && Array.isArray(read)) {
    for (const [index, entry] of sent.entries()) {
      yield* ignoredFields(entry, read[index], { path: `${path}[]`, depth: depth + 1 });
    }
  }
  if (!isObject(sent) || !isObject(read)) return;
  for (const [name, value] of Object.entries(sent)) {
    if (value === null || value === false) continue;
    const below = `${path === '' ? '' : `${path}.`}${name.slice(0, longestName)}`;
    if (Object.hasOwn(read, name)) yield* ignoredFields(value, read[name], { path: below, depth: depth + 1 });
    else yield { path: below, name };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

export function unsupported(subject: string, message: string): Warning {
  return { code: 'unsupported', subject, message };
}

export function adjusted(subject: string, message: string): Warning {
  return { code: 'adjusted', subject, message };
}
