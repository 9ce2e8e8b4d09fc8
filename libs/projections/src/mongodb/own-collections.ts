// The collections of the store itself, beside those of the read models.
import { isDuplicateKey, type MongoConnection } from '@waybill/mongodb';
import {
  type Binary,
  type Collection,
  type Db,
  type Document as MongoDocument,
  MongoServerError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import type { CollectionDefinition } from '../ports.ts';
import { currentVersionSchema, partitionSchema, quarantinedSchema } from './schemas.ts';

/** A version of a projection, under `name@version`. It stays when it was dropped, for its round. */
export interface PartitionDocument {
  readonly _id: string;
  readonly name: string;
  readonly version: number;
  /** How often it was made. */
  readonly round: number;
  /** `dropping`: it is gone for everyone, and its collections may still be there. */
  readonly state: 'open' | 'dropping' | 'dropped';
  readonly checkpoint: bigint;
  readonly collections: readonly CollectionDefinition[];
}

export interface CurrentVersionDocument {
  /** The projection's name. */
  readonly _id: string;
  readonly version: number;
}

export interface QuarantinedDocument {
  /** `name@version`, round and position. */
  readonly _id: string;
  readonly partition: string;
  readonly round: number;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  readonly envelope: Binary;
  readonly reason: string;
}

export interface OwnCollections {
  readonly database: Db;
  readonly partitions: Collection<PartitionDocument>;
  readonly currentVersions: Collection<CurrentVersionDocument>;
  readonly quarantined: Collection<QuarantinedDocument>;
}

/** Makes those that are not there. */
export async function makeOwnCollections(connection: MongoConnection, name: string): Promise<OwnCollections> {
  const database = connection.database(name);
  await makeCollection(database, 'partitions', partitionSchema);
  await makeCollection(database, 'current_versions', currentVersionSchema);
  await makeCollection(database, 'quarantined', quarantinedSchema);
  await makeCollection(database, 'writers', {});
  const quarantined = database.collection<QuarantinedDocument>('quarantined');
  await quarantined.createIndex({ partition: 1, round: 1, position: 1 });
  return {
    database,
    partitions: database.collection('partitions'),
    currentVersions: database.collection('current_versions'),
    quarantined,
  };
}

const namespaceExists = 48;

/** Makes a collection with its validator unless it is there already. */
export async function makeCollection(database: Db, name: string, validator: MongoDocument): Promise<void> {
  try {
    await database.createCollection(name, { validator });
  } catch (thrown) {
    if (!(thrown instanceof MongoServerError) || thrown.code !== namespaceExists) throw thrown;
  }
}

/** False when there is one under that name already. */
export async function insertNew<Stored extends { readonly _id: string }>(
  collection: Collection<Stored>,
  document: OptionalUnlessRequiredId<Stored>,
): Promise<boolean> {
  try {
    await collection.insertOne(document);
    return true;
  } catch (thrown) {
    if (!isDuplicateKey(thrown)) throw thrown;
    return false;
  }
}
