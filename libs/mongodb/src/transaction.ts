import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientSession, MongoError, MongoErrorLabel, MongoServerError } from 'mongodb';
import type { MongoConnection } from './connection.ts';

const transactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
} as const;

/** Rest before a transaction or its commit is tried again, milliseconds; doubles up to the second value. */
const [firstRestMs, longestRestMs] = [5, 200];

/**
 * Does the work in one transaction: snapshot reads, majority and journal on commit. The work may run several times, so
 * it does nothing but use the database with the session it is given, and awaits each step before the next. What it
 * throws aborts the transaction and is thrown on. Nothing is tried again once the connection's `timeoutMs` has passed:
 * the driver's error is thrown then, and whether a commit took effect is unknown.
 */
export async function inTransaction<Value>(
  { client, timeoutMs }: MongoConnection,
  work: (session: ClientSession) => Promise<Value>,
): Promise<Value> {
  return client.withSession((session) => transact(session, timeoutMs, work));
}

/** The same in a session that the caller keeps. */
export async function transact<Value>(
  session: ClientSession,
  timeoutMs: number,
  work: (session: ClientSession) => Promise<Value>,
): Promise<Value> {
  const lastTryMs = performance.now() + timeoutMs;
  for (let tried = 0; ; tried += 1) {
    try {
      session.startTransaction(transactionOptions);
      const value = await work(session).catch(noteEnded);
      await commit(session, lastTryMs);
      return value;
    } catch (thrown) {
      if (session.inTransaction()) await session.abortTransaction();
      if (!mayTryAgain(thrown, MongoErrorLabel.TransientTransactionError, lastTryMs)) throw thrown;
      await sleep(restMs(tried));
    }
  }
}

const interrupted = 11_601;

/** A step that another writer ended with its session: before the commit that is as passing as any. */
function noteEnded(thrown: unknown): never {
  const isEnded = thrown instanceof MongoServerError && thrown.code === interrupted;
  if (isEnded) thrown.addErrorLabel(MongoErrorLabel.TransientTransactionError);
  throw thrown;
}

/** Commits; a commit whose outcome is unknown is asked for again, which the server takes for the same one. */
async function commit(session: ClientSession, lastTryMs: number): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (thrown) {
      if (!mayTryAgain(thrown, MongoErrorLabel.UnknownTransactionCommitResult, lastTryMs)) throw thrown;
      await sleep(restMs(tried));
    }
  }
}

function mayTryAgain(thrown: unknown, label: string, lastTryMs: number): boolean {
  return thrown instanceof MongoError && thrown.hasErrorLabel(label) && performance.now() < lastTryMs;
}

function restMs(tried: number): number {
  return Math.random() * Math.min(firstRestMs * 2 ** tried, longestRestMs);
}
