// What every store refuses, in the same words.
import { FaultError, fault } from '@waybill/kernel';
import { indexedFields } from './document-rules.ts';
import type { CollectionDefinition, Projection, Query } from './ports.ts';

export type PartitionDefinition = Pick<Projection, 'name' | 'version' | 'collections'>;

/** The collection of that name. Throws an `invalid` fault when there is none. */
export function collectionOf(collections: readonly CollectionDefinition[], name: string): CollectionDefinition {
  const collection = collections.find((candidate) => candidate.name === name);
  if (!collection) throw refused(`there is no collection ${name}; there are ${namesOf(collections)}`);
  return collection;
}

/** Throws an `invalid` fault when the query names a field that no index declares, or a value that none can hold. */
export function checkQuery(collection: CollectionDefinition, query: Query): void {
  const { where = {}, range, orderBy, afterKey } = query;
  const declared = indexedFields(collection);
  const named = [...Object.keys(where), ...(range ? [range.field] : []), ...(orderBy ? [orderBy.field] : [])];
  for (const field of named) {
    if (!declared.includes(field)) throw refused(`collection ${collection.name} declares no index on ${field}`);
  }
  for (const value of [...Object.values(where), range?.from, range?.to]) {
    if (value !== undefined && value !== null && typeof value !== 'string' && typeof value !== 'bigint') {
      throw refused(`a query of ${collection.name} compares with a ${typeof value}; indexed are text and bigints`);
    }
  }
  if (afterKey !== undefined && orderBy) throw refused('afterKey goes only with the order by key');
}

/** Throws a `conflict` fault when the collections are not those the partition was made with; none at all are fine. */
export function refuseChanged(stored: PartitionDefinition, given: PartitionDefinition): void {
  if (given.collections.length === 0 || shapeOf(stored) === shapeOf(given)) return;
  const message = `the collections of projection ${given.name} version ${given.version} changed; raise its version`;
  throw new FaultError(fault('conflict', message));
}

/** The fault of using a partition that is gone. */
export function droppedFault({ name, version }: Pick<PartitionDefinition, 'name' | 'version'>): FaultError {
  return new FaultError(fault('not_found', `version ${version} of projection ${name} was dropped`));
}

function shapeOf({ collections }: PartitionDefinition): string {
  return JSON.stringify(collections.map(({ name, indexes = [] }) => [name, indexes]).sort());
}

function namesOf(collections: readonly CollectionDefinition[]): string {
  return collections.map(({ name }) => name).join(', ') || 'none';
}

function refused(message: string): FaultError {
  return new FaultError(fault('invalid', message));
}
