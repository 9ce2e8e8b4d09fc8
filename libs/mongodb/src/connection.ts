// A connection to MongoDB as money wants it: a replica set, majority writes with the journal, majority reads.
import { FaultError, fault, type Secret } from '@waybill/kernel';
import { type Db, MongoClient } from 'mongodb';
import { mongoFault } from './faults.ts';

export interface MongoOptions {
  /**
   * Connection string, with the account's user and password. `tls=true` is needed for any host that is not loopback, with
   * `tlsCAFile` for an authority of one's own and `tlsCertificateKeyFile` where the server asks for a certificate; these
   * files are read once. What it says of where to read, and of write and read concerns, counts for nothing.
   */
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
 * no server can be reached, `forbidden` when it does not accept the account, `invalid` when it is no replica set, when the
 * connection string is wrong, or when what it says would leave the machine in plain text.
 */
export async function connectMongo(options: MongoOptions): Promise<MongoConnection> {
  const client = clientOf(options);
  refusePlainText(client);
  try {
    await client.connect();
    await refuseStandalone(client);
  } catch (thrown) {
    await client.close();
    throw unreadableFile(thrown) ?? mongoFault(thrown, 'MongoDB cannot be reached');
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
      w: 'majority',
      journal: true,
      readConcernLevel: 'majority',
      readPreference: 'primary',
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

/** The driver reads the files of the connection string when it connects, and throws what Node throws. */
function unreadableFile(thrown: unknown): FaultError | undefined {
  const { syscall, path, code } = thrown as NodeJS.ErrnoException;
  if (syscall !== 'open' || path === undefined) return undefined;
  const message = `the MongoDB connection string names a file that cannot be read: ${path} (${code})`;
  return new FaultError(fault('invalid', message, { cause: thrown }));
}

function refusePlainText({ options }: MongoClient): void {
  if (options.tls) return;
  const outside = options.hosts.find(({ host }) => host !== undefined && !isLoopback(host));
  if (outside === undefined) return;
  const message = `MongoDB on ${outside.host} is not on this machine, so it needs TLS: add tls=true to its connection string`;
  throw new FaultError(fault('invalid', message));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

async function refuseStandalone(client: MongoClient): Promise<void> {
  const hello = await client.db('admin').command({ hello: 1 });
  if (hello.setName !== undefined || hello.msg === 'isdbgrid') return;
  const message =
    'MongoDB runs as a single server without a replica set, where no transaction can be made: ' +
    'start it with --replSet and initiate the set';
  throw new FaultError(fault('invalid', message));
}
