// Documents as native BSON: text, Long for bigints, Int32 or Double for numbers, Binary for bytes, nested as they are.
import { checkedInt64 } from '@waybill/kernel';
import { Binary } from 'mongodb';
import type { Document, DocumentValue } from '../ports.ts';
import { nameOf, storedName } from './field-names.ts';

/** What the driver writes and reads, with bigints for Long. */
export type BsonValue = string | number | bigint | boolean | null | Binary | Uint8Array | BsonValue[] | BsonFields;
export interface BsonFields {
  [field: string]: BsonValue;
}

/** Of a Binary that holds text with half a surrogate pair, which UTF-8 cannot: its UTF-16 code units. */
const brokenText = 0x80;

/** The fields of a stored document, without its key. Fields that are undefined are left out. */
export function toBson(document: Document): BsonFields {
  const fields: BsonFields = {};
  for (const name of Object.keys(document)) {
    const value = document[name];
    if (value !== undefined) fields[storedName(name)] = toBsonValue(value);
  }
  return fields;
}

export function toBsonValue(value: DocumentValue): BsonValue {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : new Binary(Buffer.from(value, 'utf16le'), brokenText);
    case 'bigint':
      return checkedInt64(value, 'a value in a document');
    case 'object':
      return toBsonStructure(value);
    default:
      return value;
  }
}

function toBsonStructure(value: Exclude<DocumentValue, string | bigint | number | boolean>): BsonValue {
  if (value === null || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? value.map(toBsonValue) : toBson(value as Document);
}

/** The document behind the fields, frozen. */
export function fromBson(fields: BsonFields): Document {
  const document: Record<string, DocumentValue> = {};
  for (const stored of Object.keys(fields)) {
    const [name, value] = [nameOf(stored), fromBsonValue(fields[stored]!)];
    if (name === '__proto__') Object.defineProperty(document, name, { value, enumerable: true });
    else document[name] = value;
  }
  return Object.freeze(document);
}

function fromBsonValue(value: BsonValue): DocumentValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Binary) {
    return value.sub_type === brokenText ? Buffer.from(value.buffer).toString('utf16le') : new Uint8Array(value.buffer);
  }
  if (Array.isArray(value)) return Object.freeze(value.map(fromBsonValue));
  return fromBson(value as BsonFields);
}
