import { type ClientSession, MongoServerError } from 'mongodb';
import type { MongoConnection } from './connection.ts';

const snapshotUnavailable = 246;
const tries = 5;

/**
 * Reads with one session, all of it as of one moment that a majority has: not before the last write that was
 * acknowledged to this process. The work may run several times.
 */
export async function inSnapshot<Value>(
  { client }: MongoConnection,
  work: (session: ClientSession) => Promise<Value>,
): Promise<Value> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await client.withSession({ snapshot: true }, work);
    } catch (thrown) {
      // So says a server about a collection that was made a moment ago.
      const isTooNew = thrown instanceof MongoServerError && thrown.code === snapshotUnavailable;
      if (!isTooNew || tried === tries) throw thrown;
    }
  }
}
