// Opens the file of an event log and lays down its tables.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { FaultError, fault } from '@waybill/kernel';
import type { Durability } from './messages.ts';
import { openFault } from './store-faults.ts';

const schemaVersion = 1;
/** Marks the file as an event log of ours in SQLite's header: `WBEL`. */
const applicationId = 0x5742454c;

// Rows of `events` are never changed or deleted, so positions grow by one. `stream_version` counts a stream's events.
const schema = `
  BEGIN IMMEDIATE;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    stream_id TEXT NOT NULL,
    stream_version INTEGER NOT NULL,
    type TEXT NOT NULL,
    envelope BLOB NOT NULL,
    UNIQUE (stream_id, stream_version)
  ) STRICT;
  CREATE TABLE producers (
    producer_id TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    last_number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
  COMMIT;
`;

/** Opens the file for the one writer, making it if need be. Throws a FaultError that names the file and the fix. */
export function openForWriting(file: string, durability: Durability): DatabaseSync {
  return opened(file, () => {
    const database = new DatabaseSync(file, { timeout: 5_000 });
    if (isEmpty(database)) database.exec(`PRAGMA journal_mode = WAL; ${schema}`);
    checkIdentity(file, database);
    // Checkpoints are run by the writer after it has answered, where their errors are seen.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -32768');
    // fullfsync: on macOS a plain fsync stops at the disk's cache.
    if (durability === 'power') database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
    else database.exec('PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA checkpoint_fullfsync = ON');
    return database;
  });
}

/** Opens the file beside the writer, or without one. Throws a FaultError that names the file and the fix. */
export function openForReading(file: string): DatabaseSync {
  return opened(file, () => {
    if (!existsSync(file)) {
      const advice = 'check the data folder, or start the gateway once to make it';
      throw new FaultError(fault('not_found', `there is no event log at ${file}: ${advice}`, { details: { file } }));
    }
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    checkIdentity(file, database);
    return database;
  });
}

function opened(file: string, open: () => DatabaseSync): DatabaseSync {
  try {
    return open();
  } catch (error) {
    throw new FaultError(openFault(file, error));
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}

function checkIdentity(file: string, database: DatabaseSync): void {
  const details = { file };
  if (pragma(database, 'application_id') !== applicationId) {
    const advice = 'name another file in the configuration';
    throw new FaultError(fault('invalid', `${file} is not an event log of Waybill: ${advice}`, { details }));
  }
  const version = pragma(database, 'user_version');
  if (version > schemaVersion) {
    const advice = 'start the version of Waybill that wrote it, or a newer one';
    const message = `${file} has format ${version} and this version of Waybill knows ${schemaVersion}: ${advice}`;
    throw new FaultError(fault('invalid', message, { details }));
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
