// What a document may hold, checked when it is put, so that every store can keep it exactly.
import { checkedInt64 } from '@waybill/kernel';
import type { CollectionDefinition, Document, DocumentValue } from './ports.ts';

/** The fields of a collection that queries may name. */
export function indexedFields(collection: CollectionDefinition): readonly string[] {
  return [...new Set((collection.indexes ?? []).flat())];
}

/** Lists and objects within each other; MongoDB takes no more than 180. */
const deepest = 100;

/** What is never a number that may be rounded. */
const exactNames = /(?:PicoUsd|Micros)$/;

/**
 * Freezes the document and all it holds. Throws a TypeError or RangeError that names the field when a value is none
 * that stores keep exactly, an amount or an instant is a plain number, or an indexed field is neither text nor a bigint.
 */
export function sealDocument(document: Document, fields: readonly string[]): Document {
  for (const field of fields) checkIndexed(document[field], field);
  sealValue(document, { name: 'the document', depth: 0 });
  return document;
}

/** Throws a RangeError when the key is empty or no well-formed text. */
export function checkKey(key: string): void {
  if (key === '' || !key.isWellFormed()) throw new RangeError(`${JSON.stringify(key)} is no document key`);
}

function checkIndexed(value: DocumentValue | undefined, field: string): void {
  if (value === undefined || value === null || typeof value === 'bigint') return;
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw new TypeError(`indexed field ${field} holds a ${typeof value}; indexed are text and bigints`);
  }
}

/** Where in the document a value is. */
interface Place {
  readonly name: string;
  readonly depth: number;
}

function sealValue(value: DocumentValue | undefined, place: Place): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return;
    case 'bigint':
      checkedInt64(value, place.name);
      return;
    case 'number':
      checkNumber(value, place);
      return;
    case 'object':
      sealStructure(value, place);
      return;
    default:
      throw new TypeError(`${place.name} is a ${typeof value}, which no document can hold`);
  }
}

function checkNumber(value: number, { name }: Place): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}, which no document can hold`);
  if (exactNames.test(name)) throw new TypeError(`${name} is a number; amounts and instants are bigints or text`);
}

function sealStructure(value: Exclude<DocumentValue, string | boolean | bigint | number>, place: Place): void {
  if (value === null || value instanceof Uint8Array) return;
  const { name, depth } = place;
  if (depth > deepest) throw new RangeError(`${name} is nested more than ${deepest} deep`);
  if (Array.isArray(value)) {
    for (const item of value) sealItem(item, { name, depth: depth + 1 });
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`${name} is a ${prototype.constructor?.name}, not a plain object`);
    }
    const fields = value as Document;
    for (const field of Object.keys(fields)) sealValue(fields[field], { name: field, depth: depth + 1 });
  }
  Object.freeze(value);
}

function sealItem(item: DocumentValue, place: Place): void {
  if (item === undefined) throw new TypeError(`a list in ${place.name} holds undefined`);
  sealValue(item, place);
}
