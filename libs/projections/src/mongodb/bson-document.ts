// Documents as MongoDB keeps them: as they are, so that people can query them. A bigint is a long, bytes are binary.
// Field names that MongoDB gives a meaning of its own, or cannot hold, begin with ␛, with what stood there behind it.
import type { Binary } from 'mongodb';
import type { Document, DocumentValue } from '../ports.ts';

export type BsonFields = Record<string, unknown>;

/** What the driver writes as the document. */
export function toBson(document: Document): BsonFields {
  const fields: BsonFields = {};
  for (const [name, value] of Object.entries(document)) {
    if (value !== undefined) fields[escaped(name)] = bsonValue(value);
  }
  return fields;
}

/** The document behind what the driver has read, frozen. */
export function fromBson(fields: BsonFields): Document {
  const entries = Object.entries(fields).map(([name, value]) => [unescaped(name), documentValue(value)] as const);
  return Object.freeze(Object.fromEntries(entries));
}

function bsonValue(value: DocumentValue): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : { [brokenText]: Buffer.from(value, 'utf16le') };
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? value.map(bsonValue) : toBson(value as Document);
}

function documentValue(value: unknown): DocumentValue {
  if (typeof value !== 'object' || value === null) return value as DocumentValue;
  if (Array.isArray(value)) return Object.freeze(value.map(documentValue));
  const bytes = bytesOf(value);
  if (bytes) return bytes;
  const fields = value as BsonFields;
  const broken = brokenText in fields ? bytesOf(fields[brokenText]) : undefined;
  return broken ? Buffer.from(broken).toString('utf16le') : fromBson(fields);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const isBinary = typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype === 'Binary';
  return isBinary ? new Uint8Array((value as Binary).value()) : undefined;
}

const mark = '\u241b';
/** Text that is no Unicode, which BSON cannot hold, is kept as its UTF-16 code units under this name. */
const brokenText = `${mark}utf16`;
/** Names that begin as an operator, or that JavaScript or the driver reads as something else. */
const isSpecial = /^(\$|\u241b|_bsontype$|__proto__$|toBSON$)/;

function escaped(name: string): string {
  const marked = isSpecial.test(name) ? `${mark}${name}` : name;
  return marked.includes('\0') ? `${mark}0${marked.replaceAll(mark, `${mark}1`).replaceAll('\0', `${mark}2`)}` : marked;
}

function unescaped(name: string): string {
  const marked = name.startsWith(`${mark}0`)
    ? name.slice(2).replaceAll(`${mark}2`, '\0').replaceAll(`${mark}1`, mark)
    : name;
  return marked.startsWith(mark) ? marked.slice(1) : marked;
}
