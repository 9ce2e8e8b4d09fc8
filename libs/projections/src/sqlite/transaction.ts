import type { DatabaseSync } from 'node:sqlite';

/** Does the work in a write transaction: kept unless the work throws or returns false. */
export function inTransaction<Value>(database: DatabaseSync, work: () => Value): Value {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec(value === false ? 'ROLLBACK' : 'COMMIT');
    return value;
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}
