// Read models in one SQLite file: documents as readable text, indexed fields as columns beside it.
import type { SQLInputValue } from 'node:sqlite';
import { indexedFields } from '../document-rules.ts';
import { decodeDocument, encodeDocument } from '../document-text.ts';
import type { DocumentWrite, ProjectionPartition, ProjectionStore } from '../ports.ts';
import { checkQuery, collectionOf } from '../store-rules.ts';
import { type Connection, connect } from './connection.ts';
import type { Durability } from './database.ts';
import type { OpenedPartition, TextWrite } from './partition.ts';

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
    makeCurrent: (name, version) => connection.call('makeCurrent', name, version),
    close: () => connection.close(),
  };
}

function partitionOver(connection: Connection, partition: OpenedPartition): ProjectionPartition {
  const { id, collections } = partition;
  return {
    checkpoint: () => connection.call('checkpoint', id),
    async getMany(keys) {
      for (const { collection } of keys) collectionOf(collections, collection);
      const texts = await connection.call('getMany', id, keys);
      return texts.map((text) => (text === undefined ? undefined : decodeDocument(text)));
    },
    async find(collection, query = {}) {
      checkQuery(collectionOf(collections, collection), query);
      const found = await connection.call('find', id, collection, query);
      return found.map(({ key, document }) => ({ key, document: decodeDocument(document) }));
    },
    async commit(commit) {
      const writes = commit.writes.map((write) => textWrite(partition, write));
      return connection.call('commit', id, { ...commit, writes });
    },
    quarantine: () => connection.call('quarantine', id),
    drop: () => connection.call('drop', id),
  };
}

function textWrite({ collections }: OpenedPartition, { collection, key, document }: DocumentWrite): TextWrite {
  const fields = indexedFields(collectionOf(collections, collection));
  if (document === undefined) return { collection, key, text: undefined, indexed: [] };
  const indexed = fields.map((field) => (document[field] ?? null) as SQLInputValue);
  return { collection, key, text: encodeDocument(document), indexed };
}
