import type { ClientSession } from 'mongodb';
import type { MongoConnection } from './connection.ts';

/**
 * Does the work in one transaction: snapshot reads, majority and journal on commit. The work may run several times, so
 * it does nothing but use the database with the session it is given, and awaits each step before the next. What it
 * throws aborts the transaction and is thrown on.
 */
export async function inTransaction<Value>(
  { client }: MongoConnection,
  work: (session: ClientSession) => Promise<Value>,
): Promise<Value> {
  return client.withSession((session) =>
    session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
    }),
  );
}
