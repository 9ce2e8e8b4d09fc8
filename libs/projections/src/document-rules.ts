// What a document may hold, checked when it is put, so that every store can keep it exactly.
import { checkedInt64 } from '@waybill/kernel';
import type { CollectionDefinition, Document, DocumentValue } from './ports.ts';

/** The fields of a collection that queries may name. */
export function indexedFields(collection: CollectionDefinition): readonly string[] {
  return [...new Set((collection.indexes ?? []).flat())];
}

/**
 * Freezes the document and all it holds. Throws a TypeError or RangeError that names the field when a value is none
 * that stores keep exactly, or an indexed field is neither text nor a bigint.
 */
export function sealDocument(document: Document, fields: readonly string[]): Document {
  for (const field of fields) checkIndexed(document[field], field);
  sealValue(document, 'the document');
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

function sealValue(value: DocumentValue | undefined, where: string): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return;
    case 'bigint':
      checkedInt64(value, where);
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`${where} is ${value}, which no document can hold`);
      return;
    case 'object':
      sealStructure(value, where);
      return;
    default:
      throw new TypeError(`${where} is a ${typeof value}, which no document can hold`);
  }
}

function sealStructure(value: Exclude<DocumentValue, string | boolean | bigint | number>, where: string): void {
  if (value === null || value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const item of value) sealItem(item, where);
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`${where} is a ${prototype.constructor?.name}, not a plain object`);
    }
    const fields = value as Document;
    for (const name of Object.keys(fields)) sealValue(fields[name], name);
  }
  Object.freeze(value);
}

function sealItem(item: DocumentValue, where: string): void {
  if (item === undefined) throw new TypeError(`a list in ${where} holds undefined`);
  sealValue(item, where);
}
