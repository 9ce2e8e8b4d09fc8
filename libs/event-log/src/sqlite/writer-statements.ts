import type { DatabaseSync, StatementSync } from 'node:sqlite';

const texts = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT append',
  rollbackToSavepoint: 'ROLLBACK TO append',
  release: 'RELEASE append',
  // Counts the pages without copying any (SQLite 3.51; an older one copies, which does no harm).
  walStanding: 'PRAGMA wal_checkpoint(NOOP)',
  checkpoint: 'PRAGMA wal_checkpoint(PASSIVE)',
  end: 'SELECT coalesce(max(position), 0) AS end FROM events',
  insert: `INSERT INTO events (event_id, stream_id, stream_version, type, envelope)
    VALUES (?, ?, (SELECT coalesce(max(stream_version), 0) + 1 FROM events WHERE stream_id = ?), ?, ?)
    ON CONFLICT (event_id) DO NOTHING`,
  byEventId: 'SELECT position, envelope FROM events WHERE event_id = ?',
  streamVersion: 'SELECT coalesce(max(stream_version), 0) AS version FROM events WHERE stream_id = ?',
  standing: 'SELECT epoch, last_number AS lastNumber FROM producers WHERE producer_id = ?',
  saveStanding: `INSERT INTO producers (producer_id, epoch, last_number) VALUES (?, ?, ?)
    ON CONFLICT (producer_id) DO UPDATE SET epoch = excluded.epoch, last_number = excluded.last_number`,
};

export type WriterStatements = Record<keyof typeof texts, StatementSync>;

/** The writer's statements, prepared; integers come back as bigint. */
export function prepareStatements(database: DatabaseSync): WriterStatements {
  const prepared = Object.entries(texts).map(([name, text]) => {
    const statement = database.prepare(text);
    statement.setReadBigInts(true);
    return [name, statement];
  });
  return Object.fromEntries(prepared) as WriterStatements;
}
