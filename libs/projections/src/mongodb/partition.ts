// One version of one projection in MongoDB.
import { inSnapshot, type MongoConnection, type MongoWriter, type SnapshotRead } from '@waybill/mongodb';
import type { Collection } from 'mongodb';
import type { Document, DocumentKey, ProjectionPartition, QuarantinedEvent } from '../ports.ts';
import { checkQuery, collectionOf, droppedFault } from '../store-rules.ts';
import { fromBson } from './bson-document.ts';
import { planQuarantine, planWrites, type StoredDocument } from './commit-plan.ts';
import { removeRound } from './making.ts';
import { collectionName } from './names.ts';
import type { OwnCollections, PartitionDocument, QuarantinedDocument } from './own-collections.ts';
import { filterOf, sortOf } from './queries.ts';
import { refusedWrite } from './write-faults.ts';

export interface PartitionOptions {
  readonly connection: MongoConnection;
  readonly own: OwnCollections;
  readonly writer: MongoWriter;
  readonly partition: PartitionDocument;
  /** Does what uses MongoDB, with its failures as faults. */
  guarded<Value>(work: () => Promise<Value>): Promise<Value>;
}

export function partitionOver(options: PartitionOptions): ProjectionPartition {
  const { connection, own, writer, partition, guarded } = options;
  const { _id: id, round, collections } = partition;
  const isThis = { _id: id, round, state: 'open' } as const;

  const documentsOf = (collection: string): Collection<StoredDocument> =>
    own.database.collection(collectionName(partition, round, collection));

  async function checkpoint(read?: SnapshotRead): Promise<bigint> {
    const found = await own.partitions.findOne(isThis, read);
    if (!found) throw droppedFault(partition);
    return found.checkpoint;
  }

  /** Reads as of one moment, at which the partition was there. */
  const reading = <Value>(work: (read: SnapshotRead) => Promise<Value>): Promise<Value> =>
    guarded(() =>
      inSnapshot(connection, async (read) => {
        await checkpoint(read);
        return work(read);
      }),
    );

  return {
    checkpoint: () => guarded(() => checkpoint()),
    async getMany(keys) {
      const wanted = Map.groupBy(keys, ({ collection }) => collectionOf(collections, collection).name);
      return reading(async (read) => {
        const found = new Map<string, Map<string, Document>>();
        for (const [collection, named] of wanted) {
          found.set(collection, await documentsByKey(documentsOf(collection), named, read));
        }
        return keys.map(({ collection, key }) => found.get(collection)?.get(key));
      });
    },
    async find(collection, query = {}) {
      checkQuery(collectionOf(collections, collection), query);
      return reading(async (read) => {
        const cursor = documentsOf(collection).find(filterOf(query), read).sort(sortOf(query));
        if (query.limit === 0) return [];
        const found = await (query.limit === undefined ? cursor : cursor.limit(query.limit)).toArray();
        return found.map(({ _id, ...fields }) => ({ key: _id, document: fromBson(fields) }));
      });
    },
    async commit({ expectedCheckpoint, checkpoint: next, writes, quarantined }) {
      for (const { collection } of writes) collectionOf(collections, collection);
      return guarded(async () => {
        const planned = planWrites(writes);
        const parked = planQuarantine({ partition: id, round }, quarantined);
        return writer.inTransaction(async (session) => {
          const expected = { ...isThis, checkpoint: expectedCheckpoint };
          const moved = await own.partitions.updateOne(expected, { $set: { checkpoint: next } }, { session });
          if (moved.matchedCount === 0) return false;
          for (const each of planned) {
            const written = documentsOf(each.collection).bulkWrite(each.operations, { session, ordered: false });
            await written.catch((thrown) => Promise.reject(refusedWrite(thrown, each)));
          }
          if (parked.length > 0) await own.quarantined.insertMany(parked, { session });
          return true;
        });
      });
    },
    quarantine: () =>
      guarded(async () => {
        const mine = own.quarantined.find({ partition: id, round }).sort({ position: 1 });
        return (await mine.toArray()).map(quarantinedEvent);
      }),
    drop: () =>
      guarded(async () => {
        const { matchedCount } = await own.partitions.updateOne(isThis, { $set: { state: 'dropping' } });
        if (matchedCount === 1) await removeRound(own, partition);
      }),
  };
}

async function documentsByKey(
  documents: Collection<StoredDocument>,
  named: readonly DocumentKey[],
  read: SnapshotRead,
): Promise<Map<string, Document>> {
  const keys = [...new Set(named.map(({ key }) => key))];
  const found = documents.find({ _id: { $in: keys } }, { ...read, batchSize: keys.length + 1 });
  return new Map((await found.toArray()).map(({ _id, ...fields }) => [_id, fromBson(fields)]));
}

function quarantinedEvent({ position, eventId, type, envelope, reason }: QuarantinedDocument): QuarantinedEvent {
  return { position, eventId, type, envelope: new Uint8Array(envelope.buffer), reason };
}
