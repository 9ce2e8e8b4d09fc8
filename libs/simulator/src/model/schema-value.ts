// A value that satisfies a JSON Schema, chosen by the words of the question.
import { isRecord, type Json, type JsonRecord, listOf, recordOf, textOf } from '../json.ts';

const DEEPEST = 6;

export interface WordSource {
  /** The next word of the question to fill a text with. */
  next(): string;
}

/** Knows types (in either case), enum, const, default, properties, items, the combiners and local references. */
export function valueFromSchema(schema: JsonRecord, words: WordSource): Json {
  return valueAt(schema, { root: schema, words, depth: 0 });
}

interface Place {
  readonly root: JsonRecord;
  readonly words: WordSource;
  readonly depth: number;
}

function valueAt(given: JsonRecord, place: Place): Json {
  const schema = resolve(given, place.root);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0] as Json;
  if (schema.default !== undefined) return schema.default;
  const option = [...listOf(schema.anyOf), ...listOf(schema.oneOf)].find(isRecord);
  if (option !== undefined) return valueAt(option, deeper(place));
  return valueOfType(typeOf(schema), schema, place);
}

function valueOfType(type: string, schema: JsonRecord, place: Place): Json {
  switch (type) {
    case 'object':
      return objectFrom(schema, place);
    case 'array':
      return arrayFrom(schema, place);
    case 'integer':
    case 'number':
      return numberFrom(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textFrom(schema, place.words);
  }
}

function objectFrom(schema: JsonRecord, place: Place): JsonRecord {
  const parts = [schema, ...listOf(schema.allOf).map((part) => resolve(recordOf(part), place.root))];
  const value: JsonRecord = {};
  for (const part of parts) {
    const required = listOf(part.required);
    for (const [name, property] of Object.entries(recordOf(part.properties))) {
      if (place.depth >= DEEPEST && !required.includes(name)) continue;
      value[name] = place.depth > DEEPEST * 2 ? null : valueAt(recordOf(property), deeper(place));
    }
  }
  return value;
}

function arrayFrom(schema: JsonRecord, place: Place): Json[] {
  if (place.depth > DEEPEST) return [];
  const length = Math.min(Math.max(Number(schema.minItems ?? 1), 1), 100);
  return Array.from({ length }, () => valueAt(recordOf(schema.items), deeper(place)));
}

function numberFrom(schema: JsonRecord): number {
  const low = Number(schema.minimum ?? Number(schema.exclusiveMinimum ?? 0) + 1);
  const high = Number(schema.maximum ?? Number(schema.exclusiveMaximum ?? low + 2) - 1);
  return Math.min(low, Math.max(high, low));
}

const byFormat: Record<string, string> = {
  date: '2026-11-20',
  'date-time': '2026-11-20T10:00:00Z',
  time: '10:00:00Z',
  email: 'reader@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000001',
};

function textFrom(schema: JsonRecord, words: WordSource): string {
  const text = byFormat[textOf(schema.format)] ?? words.next();
  const padded = text.padEnd(Math.min(Number(schema.minLength ?? 0), 10_000), '.');
  return padded.slice(0, Number(schema.maxLength ?? padded.length));
}

function typeOf(schema: JsonRecord): string {
  const named = listOf(schema.type).find((type) => type !== 'null') ?? schema.type;
  if (typeof named === 'string') return named.toLowerCase();
  if (schema.items !== undefined) return 'array';
  return schema.properties === undefined && schema.allOf === undefined ? 'string' : 'object';
}

function resolve(schema: JsonRecord, root: JsonRecord): JsonRecord {
  const reference = textOf(schema.$ref);
  if (!reference.startsWith('#/')) return reference === '#' ? root : schema;
  return recordOf(
    reference
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((value, step) => recordOf(value)[step], root),
  );
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}
