// What the server itself refuses to store, whoever writes it.
import type { Document as MongoDocument } from 'mongodb';
import { indexedFields } from '../document-rules.ts';
import type { CollectionDefinition } from '../ports.ts';
import { storedName } from './field-names.ts';

const exact = { bsonType: ['long', 'string', 'null'] };

/** Amounts and instants are 64-bit integers, or decimal text where totals are larger, never doubles; so are indexed. */
export function documentSchema(collection: CollectionDefinition): MongoDocument {
  const indexed = indexedFields(collection).map((field) => [storedName(field), exact] as const);
  return schema({
    properties: { _id: { bsonType: 'string', minLength: 1 }, ...Object.fromEntries(indexed) },
    patternProperties: { '(PicoUsd|Micros)$': exact },
  });
}

export const partitionSchema = schema({
  required: ['name', 'version', 'round', 'state', 'checkpoint', 'collections'],
  properties: {
    name: { bsonType: 'string' },
    version: { bsonType: 'int' },
    round: { bsonType: 'int' },
    state: { enum: ['open', 'dropping', 'dropped'] },
    checkpoint: { bsonType: 'long' },
    collections: { bsonType: 'array' },
  },
});

export const currentVersionSchema = schema({ required: ['version'], properties: { version: { bsonType: 'int' } } });

export const quarantinedSchema = schema({
  required: ['partition', 'round', 'position', 'eventId', 'type', 'envelope', 'reason'],
  properties: { round: { bsonType: 'int' }, position: { bsonType: 'long' }, envelope: { bsonType: 'binData' } },
});

function schema(rules: MongoDocument): MongoDocument {
  return { $jsonSchema: { bsonType: 'object', ...rules } };
}
