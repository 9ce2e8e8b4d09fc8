// The SQLite store itself, synchronous: it runs in the worker thread. Documents come and go as text.
import { DatabaseSync } from 'node:sqlite';
import type { QuarantinedEvent, Query } from '../ports.ts';
import type { PartitionDefinition } from '../store-rules.ts';
import { type FoundText, type KeyColumns, type OpenedPartition, openPartition, type TextCommit } from './partition.ts';
import { makeOwnTables } from './tables.ts';

/** `power`: a commit outlives a power cut. `process`: it outlives the process; a power cut may undo the last ones. */
export type Durability = 'power' | 'process';

/** What the worker can be asked. Partitions are named by the number that opening them gave. */
export interface ProjectionDatabase {
  openPartition(definition: PartitionDefinition): OpenedPartition;
  currentVersion(name: string): number | undefined;
  versions(name: string): number[];
  makeCurrent(name: string, version: number, expected: number | undefined): boolean;
  checkpoint(id: number): bigint;
  getMany(id: number, keys: KeyColumns): (string | undefined)[];
  find(id: number, collection: string, query: Query): FoundText[];
  commit(id: number, commit: TextCommit): boolean;
  quarantine(id: number): QuarantinedEvent[];
  drop(id: number): void;
  close(): void;
}

/** Opens or makes the file. Throws what node:sqlite throws. */
export function openProjectionDatabase(file: string, durability: Durability): ProjectionDatabase {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
  makeOwnTables(database);
  const currentVersion = database.prepare('SELECT version FROM current_version WHERE name = ?');
  const versions = database.prepare('SELECT version FROM partition WHERE name = ? ORDER BY version');
  const makeFirst = database.prepare('INSERT INTO current_version VALUES (?, ?) ON CONFLICT (name) DO NOTHING');
  const makeNext = database.prepare('UPDATE current_version SET version = ? WHERE name = ? AND version = ?');
  const partitions = new Map<number, ReturnType<typeof openPartition>>();
  return {
    openPartition(definition) {
      const partition = openPartition(database, definition);
      partitions.set(partition.opened.id, partition);
      return partition.opened;
    },
    currentVersion: (name) => currentVersion.get(name)?.version as number | undefined,
    versions: (name) => versions.all(name).map(({ version }) => version as number),
    makeCurrent(name, version, expected) {
      const { changes } = expected === undefined ? makeFirst.run(name, version) : makeNext.run(version, name, expected);
      return changes === 1;
    },
    checkpoint: (id) => partitions.get(id)!.checkpoint(),
    getMany: (id, keys) => partitions.get(id)!.getMany(keys),
    find: (id, collection, query) => partitions.get(id)!.find(collection, query),
    commit: (id, commit) => partitions.get(id)!.commit(commit),
    quarantine: (id) => partitions.get(id)!.quarantine(),
    drop: (id) => partitions.get(id)!.drop(),
    close: () => database.close(),
  };
}
