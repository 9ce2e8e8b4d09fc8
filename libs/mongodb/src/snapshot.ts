import { type ClientSession, MongoServerError } from 'mongodb';
import type { MongoConnection } from './connection.ts';

/** Options of every read that is to be of the snapshot; without the read concern a read is of its own moment. */
export interface SnapshotRead {
  readonly session: ClientSession;
  readonly readConcern: { readonly level: 'snapshot' };
}

const snapshotUnavailable = 246;
const tries = 5;

/**
 * Does reads one after the other, all of them as of one moment that a majority has: not before the last write that was
 * acknowledged to this process. The work may run several times.
 */
export async function inSnapshot<Value>(
  { client }: MongoConnection,
  work: (read: SnapshotRead) => Promise<Value>,
): Promise<Value> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await client.withSession({ snapshot: true }, (session) =>
        work({ session, readConcern: { level: 'snapshot' } }),
      );
    } catch (thrown) {
      // So says a server about a collection that was made a moment ago.
      const isTooNew = thrown instanceof MongoServerError && thrown.code === snapshotUnavailable;
      if (!isTooNew || tried === tries) throw thrown;
    }
  }
}
