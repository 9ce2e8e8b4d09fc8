// One version of one projection in the SQLite file.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { CollectionDefinition, QuarantinedEvent, Query } from '../ports.ts';
import { droppedFault, type PartitionDefinition, refuseChanged } from '../store-rules.ts';
import { type CollectionStatements, findStatement, prepareCollection } from './statements.ts';
import { makeCollectionTable, tableName } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** Names of documents, side by side: lists of texts get to the thread at a third of what a list of objects costs. */
export interface KeyColumns {
  readonly collections: readonly string[];
  readonly keys: readonly string[];
}

/** Documents ready to be written. */
export interface TextWrites extends KeyColumns {
  /** Undefined deletes it. */
  readonly texts: readonly (string | undefined)[];
  /** Of each document the values of the indexed fields, in the order of `indexedFields`. */
  readonly indexed: readonly (readonly SQLInputValue[])[];
}

export interface TextCommit {
  readonly expectedCheckpoint: bigint;
  readonly checkpoint: bigint;
  readonly writes: TextWrites;
  readonly quarantined: readonly QuarantinedEvent[];
}

export interface FoundText {
  readonly key: string;
  readonly document: string;
}

/** A partition's number in this file, and the collections it was made with. */
export interface OpenedPartition extends PartitionDefinition {
  readonly id: number;
}

/** Finds or makes the partition. A number is never used again, so that a dropped partition stays dropped. */
export function openPartition(database: DatabaseSync, definition: PartitionDefinition) {
  const opened = inTransaction(database, () => findPartition(database, definition) ?? make(database, definition));
  const { id } = opened;
  const collections = new Map<string, CollectionStatements>();
  for (const collection of opened.collections) {
    collections.set(collection.name, prepareCollection(database, tableName(opened, collection.name), collection));
  }
  const statements = prepareOwn(database);
  const checkpoint = (): bigint => {
    const row = statements.checkpoint.get(id);
    if (!row) throw droppedFault(opened);
    return row.checkpoint as bigint;
  };
  const apply = (commit: TextCommit): boolean => {
    const { expectedCheckpoint, writes, quarantined } = commit;
    if (statements.advance.run(commit.checkpoint, id, expectedCheckpoint).changes !== 1) return false;
    writeDocuments(collections, writes);
    for (const { position, eventId, type, envelope, reason } of quarantined) {
      statements.park.run(id, position, eventId, type, envelope, reason);
    }
    return true;
  };
  return {
    opened,
    checkpoint,
    getMany({ collections: names, keys }: KeyColumns): (string | undefined)[] {
      checkpoint();
      return keys.map((key, index) => collections.get(names[index]!)!.select.get(key)?.document as string);
    },
    find(collection: string, query: Query): FoundText[] {
      checkpoint();
      const { sql, values } = findStatement(collections.get(collection)!.table, query);
      return database.prepare(sql).all(...values) as unknown as FoundText[];
    },
    commit: (commit: TextCommit) => inTransaction(database, () => apply(commit)),
    quarantine: () => statements.quarantine.all(id) as unknown as QuarantinedEvent[],
    drop: () => inTransaction(database, () => drop(database, opened)),
  };
}

function prepareOwn(database: DatabaseSync) {
  const checkpoint = database.prepare('SELECT checkpoint FROM partition WHERE id = ?');
  checkpoint.setReadBigInts(true);
  const quarantine = database.prepare(
    'SELECT position, event_id AS eventId, type, envelope, reason FROM quarantine WHERE partition_id = ? ORDER BY position',
  );
  quarantine.setReadBigInts(true);
  return {
    checkpoint,
    quarantine,
    advance: database.prepare('UPDATE partition SET checkpoint = ? WHERE id = ? AND checkpoint = ?'),
    park: database.prepare('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)'),
  };
}

function findPartition(database: DatabaseSync, definition: PartitionDefinition): OpenedPartition | undefined {
  const { name, version } = definition;
  const found = database.prepare('SELECT id, collections FROM partition WHERE name = ? AND version = ?');
  const row = found.get(name, version);
  if (!row) return undefined;
  const collections = JSON.parse(row.collections as string) as CollectionDefinition[];
  refuseChanged({ name, version, collections }, definition);
  return { id: row.id as number, name, version, collections };
}

function make(database: DatabaseSync, definition: PartitionDefinition): OpenedPartition {
  const { name, version, collections } = definition;
  const insert = database.prepare('INSERT INTO partition (name, version, collections, checkpoint) VALUES (?, ?, ?, 0)');
  const { lastInsertRowid } = insert.run(name, version, JSON.stringify(collections));
  for (const collection of collections) makeCollectionTable(database, definition, collection);
  return { id: Number(lastInsertRowid), name, version, collections };
}

function writeDocuments(
  statements: ReadonlyMap<string, CollectionStatements>,
  { collections, keys, texts, indexed }: TextWrites,
): void {
  for (const [index, key] of keys.entries()) {
    const { remove, upsert } = statements.get(collections[index]!)!;
    const text = texts[index];
    if (text === undefined) remove.run(key);
    else upsert.run(key, text, ...indexed[index]!);
  }
}

function drop(database: DatabaseSync, partition: OpenedPartition): void {
  const { changes } = database.prepare('DELETE FROM partition WHERE id = ?').run(partition.id);
  if (changes === 0) return;
  database.prepare('DELETE FROM quarantine WHERE partition_id = ?').run(partition.id);
  for (const { name } of partition.collections) database.exec(`DROP TABLE ${tableName(partition, name)}`);
}
