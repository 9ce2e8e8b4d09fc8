// The store's own documents: partitions with their checkpoints, which version is current, and the quarantine.
import type { Binary, Collection, Db } from 'mongodb';
import type { CollectionDefinition } from '../ports.ts';
import { makeUnlessThere } from './collections.ts';

export interface StoredPartition {
  /** Such as `ledger@1`. */
  readonly _id: string;
  readonly name: string;
  readonly version: number;
  /** Drawn when it is made, so that handles of one that was dropped do not mean its successor. */
  readonly incarnation: string;
  readonly collections: readonly CollectionDefinition[];
  readonly checkpoint: bigint;
}

export interface QuarantineDocument {
  readonly partition: string;
  readonly incarnation: string;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  readonly envelope: Binary;
  readonly reason: string;
}

export interface StoreDocuments {
  readonly partitions: Collection<StoredPartition>;
  readonly current: Collection<{ readonly _id: string; readonly version: number }>;
  readonly quarantine: Collection<QuarantineDocument>;
}

const longCheckpoint = {
  $jsonSchema: { required: ['checkpoint'], properties: { checkpoint: { bsonType: 'long' } } },
};

/** Makes what is not there yet. */
export async function openStoreDocuments(database: Db): Promise<StoreDocuments> {
  await makeUnlessThere(database, 'partitions', { validator: longCheckpoint });
  await makeUnlessThere(database, 'current_versions');
  await makeUnlessThere(database, 'quarantine');
  const quarantine = database.collection<QuarantineDocument>('quarantine');
  await quarantine.createIndex({ partition: 1, incarnation: 1, position: 1 }, { unique: true });
  return {
    partitions: database.collection('partitions'),
    current: database.collection('current_versions'),
    quarantine,
  };
}
