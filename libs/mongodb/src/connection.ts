// A connection to MongoDB as money wants it: a replica set, majority writes with the journal, majority reads.
import { FaultError, fault, type Secret } from '@waybill/kernel';
import { type Db, MongoClient } from 'mongodb';
import { mongoFault } from './faults.ts';

export interface MongoOptions {
  /** Connection string; may hold a password. */
  readonly uri: Secret;
  /** What every database's name begins with, such as `waybill`; `<prefix>_<name>`. */
  readonly databasePrefix: string;
  /** Shown in the server's log and `currentOp`. */
  readonly appName: string;
  /** Bounds each of an operation's steps: finding the server, a connection to it, an answer; milliseconds. */
  readonly timeoutMs: number;
}

export interface MongoConnection {
  readonly client: MongoClient;
  /** Of the options. */
  readonly timeoutMs: number;
  /** The database of one owner, such as `events`. Integers of 64 bits are read and written as bigints. */
  database(name: string): Db;
  close(): Promise<void>;
}

/**
 * Connects, and refuses a server on which an acknowledged write could be lost. Throws a FaultError: `unavailable` when
 * no server can be reached, `invalid` when it is no replica set or the connection string is wrong.
 */
export async function connectMongo(options: MongoOptions): Promise<MongoConnection> {
  const client = clientOf(options);
  try {
    await client.connect();
    await refuseStandalone(client);
  } catch (thrown) {
    await client.close();
    throw thrown instanceof FaultError ? thrown : mongoFault(thrown, 'MongoDB cannot be reached');
  }
  return {
    client,
    timeoutMs: options.timeoutMs,
    database: (name) => client.db(`${options.databasePrefix}_${name}`, { useBigInt64: true }),
    close: () => client.close(),
  };
}

function clientOf({ uri, appName, timeoutMs }: MongoOptions): MongoClient {
  try {
    return new MongoClient(uri.reveal(), {
      appName,
      retryWrites: true,
      retryReads: true,
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: timeoutMs,
      maxPoolSize: 20,
    });
  } catch (cause) {
    // The driver's own message may repeat the connection string.
    const message = 'the MongoDB connection string cannot be read: give mongodb://host:port/?replicaSet=name';
    throw new FaultError(fault('invalid', message, { cause }));
  }
}

async function refuseStandalone(client: MongoClient): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (hello.setName !== undefined || hello.msg === 'isdbgrid') return;
  const message =
    'MongoDB runs as a single server without a replica set, where no transaction can be made: ' +
    'start it with --replSet and initiate the set';
  throw new FaultError(fault('invalid', message));
}
