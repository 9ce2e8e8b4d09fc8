// Real NATS and MongoDB for several replicas in one process, each with connections of its own.
import { type EventLog, ensureStream, openJetStreamEventLog, prepareArchive, runArchiver } from '@waybill/event-log';
import { Secret } from '@waybill/kernel';
import { type Leases, openMongoLeases, soleLeases } from '@waybill/leases';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { openMongoProjectionStore, type ProjectionStore } from '@waybill/projections';
import { startMongoReplicaSet } from '../../../../test/infra/mongodb.ts';
import { type NatsServer, startNats } from '../../../../test/infra/nats.ts';
import { realClock } from './replica-bench.ts';

/** The stores of one process. */
export interface ReplicaStores {
  readonly log: EventLog;
  readonly leases: Leases;
  readonly store: ProjectionStore;
  /** From now on MongoDB cannot be reached from here. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

export interface SharedStores {
  open(instance: string): Promise<ReplicaStores>;
  /** Forgets everything there was. */
  makeNew(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSharedStores(): Promise<SharedStores> {
  const mongoServer = await startMongoReplicaSet();
  const settings = { stream: 'WAYBILL', replicas: 1, maxBytes: 2 ** 28, makeStream: true, requireSync: true };
  let natsServer: NatsServer | undefined;
  let made = 0;
  let archiving: { readonly stop: () => Promise<void> } | undefined;

  const nats = () => ({ ...settings, urls: [natsServer!.url] });
  const connect = (appName: string) =>
    connectMongo({ uri: new Secret(mongoServer.uri), databasePrefix: `spec${made}`, appName, timeoutMs: 2_000 });

  async function startArchiver(connection: MongoConnection) {
    const end = new AbortController();
    const lease = (await soleLeases('archiver').tryAcquire('archive', { ttlMs: 10_000 }))!;
    const ended = runArchiver({
      ...{ nats: nats(), mongodb: connection, clock: realClock, lease, signal: end.signal },
      alarm: () => undefined,
    });
    return {
      async stop() {
        end.abort();
        await ended;
        await connection.close();
      },
    };
  }

  return {
    async makeNew() {
      await archiving?.stop();
      await natsServer?.stop();
      natsServer = await startNats();
      made += 1;
      const connection = await connect('archiver');
      await prepareArchive(connection);
      await ensureStream({ nats: nats(), isArchiveEmpty: true, alarm: () => undefined });
      archiving = await startArchiver(connection);
    },
    async open(instance) {
      const mongodb = await connect(instance);
      const leases = openMongoLeases({ connection: mongodb, holder: instance });
      const log = await openJetStreamEventLog({
        ...{ nats: nats(), mongodb, name: instance, clock: realClock },
        alarm: () => undefined,
      });
      return {
        log,
        leases,
        store: await openMongoProjectionStore({ connection: mongodb, database: 'rate_limit' }),
        cutOff: () => mongodb.close(),
        async close() {
          await log.close();
          await leases.close().catch(() => undefined);
          await mongodb.close();
        },
      };
    },
    async stop() {
      await archiving?.stop();
      await natsServer?.stop();
      await mongoServer.stop();
    },
  };
}
