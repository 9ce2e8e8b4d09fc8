// The MongoDB collections behind a partition: made once, with the indexes that queries need and rules for what is money.
import { type Collection, type Db, MongoServerError } from 'mongodb';

import type { CollectionDefinition } from '../ports.ts';
import type { PartitionDefinition } from '../store-rules.ts';
import type { BsonFields } from './bson-document.ts';

export interface StoredDocument {
  readonly _id: string;
  readonly document: BsonFields;
}

/** Such as `ledger@1/entries`. */
export function collectionName({ name, version }: Pick<PartitionDefinition, 'name' | 'version'>, collection: string) {
  return `${name}@${version}/${collection}`;
}

export function documentsOf(
  database: Db,
  partition: Pick<PartitionDefinition, 'name' | 'version'>,
  collection: string,
): Collection<StoredDocument> {
  return database.collection(collectionName(partition, collection));
}

/**
 * Amounts and instants are whole numbers of 64 bits, or decimal text where a total may be larger; a double, a decimal or
 * a number of 32 bits in their place is a mistake that the server refuses.
 */
const exactFields = { bsonType: ['long', 'string', 'null'] };

const validator = {
  $jsonSchema: {
    bsonType: 'object',
    required: ['_id', 'document'],
    properties: {
      _id: { bsonType: 'string' },
      document: { bsonType: 'object', patternProperties: { '(PicoUsd|Micros)$': exactFields } },
    },
  },
};

/** Makes what is not there yet; several processes may do it at once. */
export async function makeCollection(
  database: Db,
  partition: Pick<PartitionDefinition, 'name' | 'version'>,
  collection: CollectionDefinition,
): Promise<void> {
  const name = collectionName(partition, collection.name);
  await makeUnlessThere(database, name, { validator });
  for (const fields of collection.indexes ?? []) {
    const keys = fields.map((field) => [`document.${field}`, 1] as const);
    await database.collection(name).createIndex(Object.fromEntries([...keys, ['_id', 1]]));
  }
}

export async function makeUnlessThere(database: Db, name: string, options: { validator?: object } = {}): Promise<void> {
  try {
    await database.createCollection(name, options);
  } catch (thrown) {
    if (!(thrown instanceof MongoServerError) || thrown.codeName !== 'NamespaceExists') throw thrown;
  }
}
