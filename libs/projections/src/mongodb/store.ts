// Read models in MongoDB: documents as they are, one transaction a commit.
import { randomUUID } from 'node:crypto';
import { isDuplicateKey, type MongoConnection, mongoFault } from '@waybill/mongodb';
import type { ProjectionStore } from '../ports.ts';
import { type PartitionDefinition, refuseChanged } from '../store-rules.ts';
import { makeCollection } from './collections.ts';
import { mongoPartition } from './partition.ts';
import { openStoreDocuments, type StoredPartition } from './store-documents.ts';

export interface MongoProjectionStoreOptions {
  readonly connection: MongoConnection;
  /** The database of the one service whose read models these are, without the prefix. */
  readonly database: string;
}

/**
 * Opens the store and makes what it lacks. Closing it leaves the connection open. Throws a FaultError `unavailable` when
 * MongoDB cannot be used now.
 */
export async function openMongoProjectionStore(options: MongoProjectionStoreOptions): Promise<ProjectionStore> {
  const { connection } = options;
  const database = connection.database(options.database);
  const run = <Value>(work: () => Promise<Value>): Promise<Value> =>
    work().catch((thrown: unknown) => {
      throw mongoFault(thrown, 'the read models in MongoDB cannot be used');
    });
  const own = await run(() => openStoreDocuments(database));

  /** The one that is there, or a new one; of two that make it at once, both get the same. */
  async function findOrMake(definition: PartitionDefinition): Promise<StoredPartition> {
    const { name, version, collections } = definition;
    const _id = `${name}@${version}`;
    const found = await own.partitions.findOne({ _id });
    if (found) return found;
    for (const collection of collections) await makeCollection(database, definition, collection);
    const made = { _id, name, version, incarnation: randomUUID(), collections, checkpoint: 0n };
    try {
      await own.partitions.insertOne(made);
      return made;
    } catch (thrown) {
      if (isDuplicateKey(thrown)) return findOrMake(definition);
      throw thrown;
    }
  }

  return {
    open: (definition) =>
      run(async () => {
        const partition = await findOrMake(definition);
        refuseChanged(partition, definition);
        return mongoPartition({ connection, database, own, partition });
      }),
    currentVersion: (name) => run(async () => (await own.current.findOne({ _id: name }))?.version),
    versions: (name) =>
      run(async () => {
        const found = await own.partitions.find({ name }, { sort: { version: 1 } }).toArray();
        return found.map(({ version }) => version);
      }),
    makeCurrent: (name, version) =>
      run(async () => {
        await own.current.updateOne({ _id: name }, { $set: { version } }, { upsert: true });
      }),
    close: async () => undefined,
  };
}
