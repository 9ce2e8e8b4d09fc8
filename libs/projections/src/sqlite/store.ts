// Read models in one SQLite file: documents as readable text, indexed fields as columns beside it.
import type { SQLInputValue } from 'node:sqlite';
import { indexedFields } from '../document-rules.ts';
import { decodeDocument, encodeDocument } from '../document-text.ts';
import type { DocumentKey, DocumentWrite, ProjectionPartition, ProjectionStore } from '../ports.ts';
import { checkQuery, collectionOf } from '../store-rules.ts';
import { type Connection, connect } from './connection.ts';
import type { Durability } from './database.ts';
import type { KeyColumns, OpenedPartition, TextWrites } from './partition.ts';

export interface SqliteProjectionStoreOptions {
  /** Path of the file; made when it does not exist. Its folder must. */
  readonly file: string;
  readonly durability: Durability;
}

/** Opens the store in a worker thread. Throws an `unavailable` fault that names the file and the fix. */
export async function openSqliteProjectionStore(options: SqliteProjectionStoreOptions): Promise<ProjectionStore> {
  const connection = await connect(options);
  return {
    async open({ name, version, collections }) {
      return partitionOver(connection, await connection.call('openPartition', { name, version, collections }));
    },
    currentVersion: (name) => connection.call('currentVersion', name),
    versions: (name) => connection.call('versions', name),
    makeCurrent: (name, version, expected) => connection.call('makeCurrent', name, version, expected),
    close: () => connection.close(),
  };
}

function partitionOver(connection: Connection, partition: OpenedPartition): ProjectionPartition {
  const { id, collections } = partition;
  const fields = new Map(collections.map((collection) => [collection.name, indexedFields(collection)]));
  return {
    checkpoint: () => connection.call('checkpoint', id),
    async getMany(keys) {
      for (const { collection } of keys) collectionOf(collections, collection);
      const texts = await connection.call('getMany', id, keyColumns(keys));
      return texts.map((text) => (text === undefined ? undefined : decodeDocument(text)));
    },
    async find(collection, query = {}) {
      checkQuery(collectionOf(collections, collection), query);
      const found = await connection.call('find', id, collection, query);
      return found.map(({ key, document }) => ({ key, document: decodeDocument(document) }));
    },
    async commit(commit) {
      for (const { collection } of commit.writes) collectionOf(collections, collection);
      return connection.call('commit', id, { ...commit, writes: textWrites(commit.writes, fields) });
    },
    quarantine: () => connection.call('quarantine', id),
    drop: () => connection.call('drop', id),
  };
}

function keyColumns(keys: readonly DocumentKey[]): KeyColumns {
  return { collections: keys.map(({ collection }) => collection), keys: keys.map(({ key }) => key) };
}

function textWrites(writes: readonly DocumentWrite[], fields: ReadonlyMap<string, readonly string[]>): TextWrites {
  const texts = writes.map(({ document }) => document && encodeDocument(document));
  const indexed = writes.map(({ collection, document }) =>
    document ? fields.get(collection)!.map((field) => (document[field] ?? null) as SQLInputValue) : [],
  );
  return { ...keyColumns(writes), texts, indexed };
}
