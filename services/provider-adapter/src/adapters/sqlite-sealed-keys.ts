// Sealed keys in an SQLite file of their own: the books are for ever, and a removed key is not to be in them.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { FaultError, fault } from '@waybill/kernel';
import type { SealedKey, SealedKeys } from '../ports.ts';

const schema = `
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS tenant_key (
    key_id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    base_url TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    wrapped_by TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    wrapped_at INTEGER NOT NULL,
    UNIQUE (tenant_id, provider_id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS revision (number INTEGER NOT NULL) STRICT;
  INSERT INTO revision SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM revision);
`;
const columns = 'key_id, tenant_id, provider_id, base_url, version, sealed, wrapped_by, wrapped, stored_at, wrapped_at';

/** Where the embedded ones lie. */
export function tenantKeysFile(dataDirectory: string): string {
  return join(dataDirectory, 'provider-keys.sqlite');
}

/** For one process. Throws a FaultError `unavailable` that names the file when it cannot be used. */
export function openSqliteSealedKeys(file: string): SealedKeys {
  const run = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (cause) {
      throw new FaultError(fault('unavailable', `the keys of tenants in ${file} cannot be used`, { cause }));
    }
  };
  const database = run(() => open(file));
  const statements = {
    revision: database.prepare('SELECT number FROM revision'),
    all: database.prepare(`SELECT ${columns} FROM tenant_key ORDER BY tenant_id, provider_id`),
    add: database.prepare(`INSERT OR IGNORE INTO tenant_key (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM tenant_key WHERE key_id = ? AND version = ? AND wrapped = ?'),
    bump: database.prepare('UPDATE revision SET number = number + 1'),
  };
  statements.revision.setReadBigInts(true);
  statements.all.setReadBigInts(true);
  const remove = ({ keyId, version, wrapped }: SealedKey) =>
    statements.remove.run(keyId, version, wrapped.bytes).changes === 1;
  const add = (key: SealedKey) => statements.add.run(...valuesOf(key)).changes === 1;

  /** All of it, and the next revision; or nothing. */
  function change(work: () => boolean): boolean {
    database.exec('BEGIN IMMEDIATE');
    try {
      const isDone = work();
      if (isDone) statements.bump.run();
      database.exec(isDone ? 'COMMIT' : 'ROLLBACK');
      return isDone;
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw thrown;
    }
  }

  return {
    revision: async () => run(() => statements.revision.get()!.number as bigint),
    all: async () => run(() => statements.all.all().map(keyOf)),
    add: async (key) => run(() => change(() => add(key))),
    replace: async (before, key) => run(() => change(() => remove(before) && add(key))),
    remove: async (before) => run(() => change(() => remove(before))),
    close: async () => database.close(),
  };
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600);
  database.exec(schema);
  return database;
}

function valuesOf(key: SealedKey) {
  const { keyId, tenantId, providerId, baseUrl, version, sealed, wrapped, storedAtMicros, wrappedAtMicros } = key;
  const { by, bytes } = wrapped;
  return [keyId, tenantId, providerId, baseUrl, version, sealed, by, bytes, storedAtMicros, wrappedAtMicros] as const;
}

function keyOf(row: Readonly<Record<string, SQLOutputValue>>): SealedKey {
  return {
    keyId: row.key_id as string,
    tenantId: row.tenant_id as string,
    providerId: row.provider_id as string,
    baseUrl: row.base_url as string,
    version: Number(row.version),
    sealed: row.sealed as Uint8Array,
    wrapped: { by: row.wrapped_by as string, bytes: row.wrapped as Uint8Array },
    storedAtMicros: row.stored_at as bigint,
    wrappedAtMicros: row.wrapped_at as bigint,
  };
}
