// NATS JetStream as event log, and MongoDB for its record, the read models and the leases: for many processes.
import type { DistributedStorage } from '@waybill/config';
import { openJetStreamEventLog } from '@waybill/event-log';
import { openMongoLeases } from '@waybill/leases';
import { connectMongo, type MongoConnection } from '@waybill/mongodb';
import { openMongoProjectionStore, type ProjectionStore } from '@waybill/projections';
import type { ArchiveShown } from './archive-shown.ts';
import { keepArchive } from './keep-archive.ts';
import { observedLeases } from './observed-leases.ts';
import type { OpenStoresOptions } from './open.ts';
import type { Stores } from './ports.ts';

export interface DistributedStoresOptions extends OpenStoresOptions {
  readonly shown: ArchiveShown;
}

/** Throws a FaultError `unavailable` when one of the servers cannot be reached, `invalid` when it is not fit for money. */
export async function openDistributedStores(
  storage: DistributedStorage,
  options: DistributedStoresOptions,
): Promise<Stores> {
  const { configuration, services, clock, metrics, shown, alarm } = options;
  const { instance } = configuration.network;
  const name = `${options.processName}/${instance}`;
  const mongodb = await connectStorage(storage, name);
  try {
    const readModels = await openReadModels(mongodb, services);
    const { nats } = storage;
    const eventLog = await openJetStreamEventLog({ nats, shards: nats.shards, mongodb, name, clock, alarm });
    const { monotonicMs } = clock;
    const leases = observedLeases(openMongoLeases({ connection: mongodb, holder: instance, monotonicMs }), metrics);
    return {
      eventLog,
      leases,
      mongodb,
      producerIdOf: (service) => `${service}/${instance}`,
      readModelsOf: (service) => readModels.get(service)!,
      keepRecord: (signal) => keepArchive({ nats, mongodb, leases, clock, shown, alarm, signal }),
      async close() {
        await eventLog.close();
        await leases.close();
        await mongodb.close();
      },
    };
  } catch (thrown) {
    await mongodb.close();
    throw thrown;
  }
}

export function connectStorage({ mongodb }: DistributedStorage, appName: string): Promise<MongoConnection> {
  return connectMongo({ ...mongodb, appName: `waybill ${appName}` });
}

/** The name of the database that one service alone has. */
export function databaseOf(service: string): string {
  return service.replaceAll('-', '_');
}

async function openReadModels(
  connection: MongoConnection,
  services: readonly string[],
): Promise<ReadonlyMap<string, ProjectionStore>> {
  const stores = await Promise.all(
    services.map((service) => openMongoProjectionStore({ connection, database: databaseOf(service) })),
  );
  return new Map(services.map((service, index) => [service, stores[index]!]));
}
