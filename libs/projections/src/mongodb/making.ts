// How a version's partition comes to be, and goes.
import type { CollectionDefinition } from '../ports.ts';
import { type PartitionDefinition, refuseChanged } from '../store-rules.ts';
import { storedName } from './field-names.ts';
import { checkNames, collectionName, partitionId } from './names.ts';
import { insertNew, makeCollection, type OwnCollections, type PartitionDocument } from './own-collections.ts';
import { documentSchema } from './schemas.ts';

/** Finds or makes it. Collections are made first and are empty: nobody writes to a round that is not open. */
export async function findOrMake(own: OwnCollections, definition: PartitionDefinition): Promise<PartitionDocument> {
  checkNames(own.database.databaseName, definition);
  for (;;) {
    const found = await own.partitions.findOne({ _id: partitionId(definition) });
    if (found?.state === 'open') {
      refuseChanged(found, definition);
      return found;
    }
    const made = newRound(definition, found?.round ?? 0);
    for (const collection of made.collections) await makeDocuments(own, made, collection);
    if (await keep(own, made, found)) return made;
  }
}

function newRound({ name, version, collections }: PartitionDefinition, lastRound: number): PartitionDocument {
  const plain = collections.map(({ name: collection, indexes = [] }) => ({ name: collection, indexes }));
  const _id = partitionId({ name, version });
  return { _id, name, version, round: lastRound + 1, state: 'open', checkpoint: 0n, collections: plain };
}

async function makeDocuments(
  { database }: OwnCollections,
  partition: PartitionDocument,
  collection: CollectionDefinition,
): Promise<void> {
  const name = collectionName(partition, partition.round, collection.name);
  await makeCollection(database, name, documentSchema(collection));
  for (const fields of collection.indexes ?? []) {
    const key = Object.fromEntries(fields.map((field) => [storedName(field), 1 as const]));
    await database.collection(name).createIndex({ ...key, _id: 1 });
  }
}

/** False when somebody else has made it meanwhile. */
async function keep(
  { partitions }: OwnCollections,
  made: PartitionDocument,
  before: PartitionDocument | null,
): Promise<boolean> {
  if (!before) return insertNew(partitions, made);
  const unchanged = { _id: before._id, round: before.round, state: before.state };
  return (await partitions.replaceOne(unchanged, made)).matchedCount === 1;
}

/** Removes everything of a partition that is `dropping`. Harmless whenever, and however often it is done. */
export async function removeRound(own: OwnCollections, partition: PartitionDocument): Promise<void> {
  const { _id, round, collections } = partition;
  for (const { name } of collections) await own.database.dropCollection(collectionName(partition, round, name));
  await own.quarantined.deleteMany({ partition: _id, round });
  await own.partitions.updateOne({ _id, round, state: 'dropping' }, { $set: { state: 'dropped' } });
}

/** Ends what somebody began to drop and did not live to finish. */
export async function finishDrops(own: OwnCollections): Promise<void> {
  for (const partition of await own.partitions.find({ state: 'dropping' }).toArray()) await removeRound(own, partition);
}
