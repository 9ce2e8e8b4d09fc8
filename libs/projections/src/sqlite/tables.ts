// The tables of the SQLite store: two of its own, and one per collection of a projection's version.
import type { DatabaseSync } from 'node:sqlite';
import { indexedFields } from '../document-rules.ts';
import type { CollectionDefinition } from '../ports.ts';
import type { PartitionDefinition } from '../store-rules.ts';

export const schemaVersion = 1;

const ownTables = `
  CREATE TABLE IF NOT EXISTS current_version (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS partition (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version INTEGER NOT NULL,
    collections TEXT NOT NULL, checkpoint INTEGER NOT NULL, UNIQUE (name, version)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS quarantine (
    partition_id INTEGER NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL,
    envelope BLOB NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (partition_id, position)
  ) STRICT, WITHOUT ROWID;
`;

/** Makes the store's own tables. Throws when a newer program made the file. */
export function makeOwnTables(database: DatabaseSync): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > schemaVersion) throw new Error(`a newer version of Waybill made it (layout ${found})`);
  database.exec(`${ownTables} PRAGMA user_version = ${schemaVersion}`);
}

/** The quoted name of a collection's table, such as "ledger@1/entry". */
export function tableName(definition: Pick<PartitionDefinition, 'name' | 'version'>, collection: string): string {
  return quoted(`${definition.name}@${definition.version}/${collection}`);
}

/** The quoted name of the column that holds an indexed field. */
export function columnName(field: string): string {
  return quoted(`$${field}`);
}

export function makeCollectionTable(
  database: DatabaseSync,
  definition: PartitionDefinition,
  collection: CollectionDefinition,
): void {
  const table = tableName(definition, collection.name);
  const columns = indexedFields(collection).map((field) => `, ${columnName(field)} ANY`);
  database.exec(`CREATE TABLE ${table} (key TEXT PRIMARY KEY, document TEXT NOT NULL${columns.join('')}) STRICT`);
  for (const [number, fields] of (collection.indexes ?? []).entries()) {
    const index = quoted(`${definition.name}@${definition.version}/${collection.name}#${number}`);
    database.exec(`CREATE INDEX ${index} ON ${table} (${fields.map(columnName).join(', ')}, key)`);
  }
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
