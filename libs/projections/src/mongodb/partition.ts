import { inTransaction, type MongoConnection, mongoFault } from '@waybill/mongodb';
import { type AnyBulkWriteOperation, Binary, type ClientSession, type Collection, type Db } from 'mongodb';
import type { DocumentWrite, ProjectionCommit, ProjectionPartition, QuarantinedEvent } from '../ports.ts';
import { checkQuery, collectionOf, droppedFault } from '../store-rules.ts';
import { fromBson, toBson } from './bson-document.ts';
import { collectionName, documentsOf, type StoredDocument } from './collections.ts';
import { filterOf, optionsOf } from './query.ts';
import type { QuarantineDocument, StoreDocuments, StoredPartition } from './store-documents.ts';

export interface PartitionMeans {
  readonly connection: MongoConnection;
  readonly database: Db;
  readonly own: StoreDocuments;
  /** As it was made: a partition that was dropped and made again is another one. */
  readonly partition: StoredPartition;
}

export function mongoPartition({ connection, database, own, partition }: PartitionMeans): ProjectionPartition {
  const { _id, incarnation, collections } = partition;
  const isThis = { _id, incarnation };
  const quarantine = { partition: _id, incarnation };

  async function checkpoint(): Promise<bigint> {
    const found = await own.partitions.findOne(isThis, { projection: { checkpoint: 1 } });
    if (!found) throw droppedFault(partition);
    return found.checkpoint;
  }

  /** The whole commit, in a transaction that may run several times. */
  async function apply(commit: ProjectionCommit, session: ClientSession): Promise<boolean> {
    const from = { ...isThis, checkpoint: commit.expectedCheckpoint };
    const moved = await own.partitions.updateOne(from, { $set: { checkpoint: commit.checkpoint } }, { session });
    if (moved.matchedCount === 0) return false;
    for (const [collection, writes] of byCollection(commit.writes)) {
      const documents: Collection<StoredDocument> = documentsOf(database, partition, collection);
      await documents.bulkWrite(writes.map(operationOf), { session, ordered: false });
    }
    if (commit.quarantined.length > 0) {
      const kept = commit.quarantined.map((event) => ({
        ...quarantine,
        ...event,
        envelope: new Binary(event.envelope),
      }));
      await own.quarantine.insertMany(kept, { session });
    }
    return true;
  }

  return inFaults({
    checkpoint,
    async getMany(keys) {
      for (const { collection } of keys) collectionOf(collections, collection);
      await checkpoint();
      const found = new Map<string, StoredDocument>();
      for (const [collection, wanted] of byCollection(keys)) {
        const ids = wanted.map(({ key }) => key);
        for await (const each of documentsOf(database, partition, collection).find({ _id: { $in: ids } })) {
          found.set(`${collection}/${each._id}`, each);
        }
      }
      return keys.map(({ collection, key }) => {
        const each = found.get(`${collection}/${key}`);
        return each && fromBson(each.document);
      });
    },
    async find(collection, query = {}) {
      checkQuery(collectionOf(collections, collection), query);
      await checkpoint();
      if (query.limit === 0) return [];
      const found = documentsOf(database, partition, collection).find(filterOf(query), optionsOf(query));
      return (await found.toArray()).map(({ _id: key, document }) => ({ key, document: fromBson(document) }));
    },
    async commit(commit) {
      for (const { collection } of commit.writes) collectionOf(collections, collection);
      return inTransaction(connection, (session) => apply(commit, session));
    },
    async quarantine() {
      const found = await own.quarantine.find(quarantine, { sort: { position: 1 } }).toArray();
      return found.map(quarantinedEvent);
    },
    async drop() {
      const { deletedCount } = await own.partitions.deleteOne(isThis);
      if (deletedCount === 0) return;
      await own.quarantine.deleteMany(quarantine);
      for (const { name } of collections) await database.collection(collectionName(partition, name)).drop();
    },
  });
}

/** What the driver throws, as the port's faults. */
function inFaults(partition: ProjectionPartition): ProjectionPartition {
  const named = Object.entries(partition) as [keyof ProjectionPartition, (...given: unknown[]) => Promise<unknown>][];
  const wrapped = named.map(([name, method]) => {
    const inFault = (...given: unknown[]) =>
      method(...given).catch((thrown: unknown) => {
        throw mongoFault(thrown, 'the read models in MongoDB cannot be used');
      });
    return [name, inFault] as const;
  });
  return Object.fromEntries(wrapped) as unknown as ProjectionPartition;
}

function byCollection<Entry extends { readonly collection: string }>(entries: readonly Entry[]): Map<string, Entry[]> {
  return Map.groupBy(entries, ({ collection }) => collection);
}

function operationOf({ key: _id, document }: DocumentWrite): AnyBulkWriteOperation<StoredDocument> {
  if (document === undefined) return { deleteOne: { filter: { _id } } };
  return { replaceOne: { filter: { _id }, replacement: { document: toBson(document) }, upsert: true } };
}

function quarantinedEvent({ position, eventId, type, envelope, reason }: QuarantineDocument): QuarantinedEvent {
  return { position, eventId, type, envelope: new Uint8Array(envelope.value()), reason };
}
