import type { Secret } from '@waybill/kernel';
import { choice, flag, identifier, milliseconds, secret, section, text, wholeNumber } from '../reading/fields.ts';
import { type TlsConfiguration, tlsSection } from './tls.ts';

export interface StorageConfiguration {
  /** Absolute path; default `.waybill` in the working directory. */
  readonly dataDirectory: string;
  /** What a durable commit outlives: loss of `power` (default), or only the end of the `process`. */
  readonly durability: 'power' | 'process';
  /** NATS JetStream as event log and MongoDB as record and read models; undefined: SQLite files in the data folder. */
  readonly distributed: DistributedStorage | undefined;
}

export interface DistributedStorage {
  readonly nats: NatsConfiguration;
  readonly mongodb: MongodbConfiguration;
}

export interface NatsConfiguration {
  /** One or more, such as nats://nats-0:4222. */
  readonly urls: readonly string[];
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  /** Path of a file with an NKey seed and a JWT; goes before user and password. */
  readonly credentialsFile: string | undefined;
  readonly tls: TlsConfiguration | undefined;
  /** Name of the stream; default WAYBILL. */
  readonly stream: string;
  /** Copies of the stream; default 3. */
  readonly replicas: number;
  /** Bound of the stream, bytes; default 10 GiB. Full, it refuses what is published. */
  readonly maxBytes: number;
  /** Subjects that tenants are spread over; default 1. */
  readonly shards: number;
  /** Whether the archiver makes the stream when it has never been there; default false: `deploy/nats` makes it. */
  readonly makeStream: boolean;
  /** Whether to insist that the server syncs each write to the disk; default true. */
  readonly requireSync: boolean;
}

export interface MongodbConfiguration {
  /** Connection string; names the replica set. */
  readonly uri: Secret;
  /** What the names of the databases begin with; default waybill. */
  readonly databasePrefix: string;
  /** For each operation; default 5,000. */
  readonly timeoutMs: number;
}

const natsSection = section({
  url: text,
  user: text.optional(),
  password: secret.optional(),
  credentials_file: text.optional(),
  tls: tlsSection.optional(),
  stream: identifier.default('WAYBILL'),
  replicas: wholeNumber({ least: 1, most: 5, unit: 'replicas' }).default(3),
  max_bytes: wholeNumber({ least: 1_048_576, unit: 'bytes' }).default(10 * 2 ** 30),
  shards: wholeNumber({ least: 1, most: 256, unit: 'shards' }).default(1),
  make_stream: flag.default(false),
  require_sync: flag.default(true),
}).transform(
  (given): NatsConfiguration => ({
    urls: given.url.split(',').map((url) => url.trim()),
    user: given.user,
    password: given.password,
    credentialsFile: given.credentials_file,
    tls: given.tls,
    stream: given.stream,
    replicas: given.replicas,
    maxBytes: given.max_bytes,
    shards: given.shards,
    makeStream: given.make_stream,
    requireSync: given.require_sync,
  }),
);

const mongodbSection = section({
  uri: secret,
  database_prefix: identifier.default('waybill'),
  timeout_ms: milliseconds.default(5_000),
}).transform(
  (given): MongodbConfiguration => ({
    uri: given.uri,
    databasePrefix: given.database_prefix,
    timeoutMs: given.timeout_ms,
  }),
);

export const storageSection = section({
  data_dir: text,
  durability: choice(['power', 'process']).default('power'),
  nats: natsSection.optional(),
  mongodb: mongodbSection.optional(),
}).transform((given, context): StorageConfiguration => {
  const { nats, mongodb } = given;
  if ((nats === undefined) !== (mongodb === undefined)) {
    const [missing, variable] = nats === undefined ? ['nats', 'WAYBILL_NATS_URL'] : ['mongodb', 'WAYBILL_MONGODB_URI'];
    const message = `is missing, and the other one is there; give both (${variable}), or none for the embedded stores`;
    context.issues.push({ code: 'custom', input: given, message, path: [missing] });
  }
  return {
    dataDirectory: given.data_dir,
    durability: given.durability,
    distributed: nats && mongodb && { nats, mongodb },
  };
});
