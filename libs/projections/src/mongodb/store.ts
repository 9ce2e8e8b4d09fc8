// Read models in MongoDB: native documents that people can query, and the checkpoint that belongs to them.
import { FaultError, fault } from '@waybill/kernel';
import { type MongoConnection, type MongoWriter, mongoFault, mongoWriter } from '@waybill/mongodb';
import type { ProjectionStore } from '../ports.ts';
import { findOrMake, finishDrops } from './making.ts';
import { insertNew, makeOwnCollections } from './own-collections.ts';
import { partitionOver } from './partition.ts';

export interface MongoProjectionStoreOptions {
  /** Stays open when the store is closed. */
  readonly connection: MongoConnection;
  /** Name of the database without the prefix; its read models are one service's. */
  readonly database: string;
}

/** Opens the store, and makes what it needs in the database. Throws an `unavailable` fault when that cannot be done. */
export async function openMongoProjectionStore(options: MongoProjectionStoreOptions): Promise<ProjectionStore> {
  const { connection, database } = options;
  const writers = new Map<string, MongoWriter>();
  let isClosed = false;

  async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
    if (isClosed) throw new FaultError(fault('unavailable', 'the projection store is closed'));
    try {
      return await work();
    } catch (thrown) {
      throw mongoFault(thrown, 'the read models in MongoDB cannot be used');
    }
  }

  /** One for each partition, whoever opens it how often. */
  function writerOf(name: string): MongoWriter {
    const writer = writers.get(name) ?? mongoWriter({ connection, database, name });
    writers.set(name, writer);
    return writer;
  }

  const own = await guarded(async () => {
    const made = await makeOwnCollections(connection, database);
    await finishDrops(made);
    return made;
  });

  return {
    open: (definition) =>
      guarded(async () => {
        const partition = await findOrMake(own, definition);
        return partitionOver({ connection, own, writer: writerOf(partition._id), partition, guarded });
      }),
    currentVersion: (name) =>
      guarded(async () => (await own.currentVersions.findOne({ _id: name }))?.version ?? undefined),
    versions: (name) =>
      guarded(async () => {
        const found = await own.partitions.find({ name, state: 'open' }).sort({ version: 1 }).toArray();
        return found.map(({ version }) => version);
      }),
    makeCurrent: (name, version, expected) =>
      guarded(async () => {
        if (expected === undefined) return insertNew(own.currentVersions, { _id: name, version });
        const moved = await own.currentVersions.updateOne({ _id: name, version: expected }, { $set: { version } });
        return moved.matchedCount === 1;
      }),
    async close() {
      isClosed = true;
      await Promise.all([...writers.values()].map((writer) => writer.close()));
    },
  };
}
