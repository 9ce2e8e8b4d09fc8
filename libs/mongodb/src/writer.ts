// Transactions of the one writer that something has, such as a read model or the archive.
import { type Binary, type ClientSession, MongoServerError } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { transact } from './transaction.ts';

/**
 * A writer that died, or was stopped, inside a transaction holds what it wrote locked until the server gives the
 * transaction up, a minute later. So each one leaves its session's id, and its successor ends that session first. Where
 * the predecessor is alive it tries again, and meets the condition that its work begins with.
 */
export interface MongoWriter {
  /** As `inTransaction` does; one after the other. */
  inTransaction<Value>(work: (session: ClientSession) => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

interface WriterDocument {
  readonly _id: string;
  readonly session: Binary;
  /** For people who look who it is. */
  readonly application: string;
}

export interface MongoWriterOptions {
  readonly connection: MongoConnection;
  /** Where the collection `writers` is: the database that is written to. */
  readonly database: string;
  /** What it is the writer of. */
  readonly name: string;
}

/** Does nothing before its first transaction. */
export function mongoWriter({ connection, database, name }: MongoWriterOptions): MongoWriter {
  const { client, timeoutMs } = connection;
  const writers = connection.database(database).collection<WriterDocument>('writers');
  const application = client.options.appName ?? '';
  let session: ClientSession | undefined;
  let isIntroduced = false;
  let last: Promise<unknown> = Promise.resolve();

  async function introduce({ id: own }: ClientSession): Promise<void> {
    const { id } = own as { id: Binary };
    const before = await writers.findOne({ _id: name });
    if (before && Buffer.compare(before.session.buffer, id.buffer) !== 0) await endSession(before.session);
    await writers.updateOne({ _id: name }, { $set: { session: id, application } }, { upsert: true });
    isIntroduced = true;
  }

  async function endSession(id: Binary): Promise<void> {
    try {
      await client.db('admin').command({ killSessions: [{ id }] });
    } catch (thrown) {
      // A server that does not allow it costs a minute's wait at worst.
      if (!(thrown instanceof MongoServerError)) throw thrown;
    }
  }

  return {
    inTransaction(work) {
      const done = last.then(async () => {
        session ??= client.startSession();
        if (!isIntroduced) await introduce(session);
        return transact(session, timeoutMs, work);
      });
      // Whatever was in the way may be another writer that came and died.
      done.catch(() => {
        isIntroduced = false;
      });
      last = done.catch(() => undefined);
      return done;
    },
    async close() {
      await last;
      await session?.endSession();
    },
  };
}
