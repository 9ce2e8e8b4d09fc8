// What things are called in the database, so that people find them with mongosh: `db.ledger.v1.entries.find()`.
import { FaultError, fault } from '@waybill/kernel';
import type { PartitionDefinition } from '../store-rules.ts';

export type PartitionName = Pick<PartitionDefinition, 'name' | 'version'>;

/** MongoDB's bound on the name of a collection with its database, bytes. */
const longestNamespaceBytes = 255;

/** Such as `ledger@1`. */
export function partitionId({ name, version }: PartitionName): string {
  return `${name}@${version}`;
}

/**
 * Such as `ledger.v1.entries`. Each time a version is made anew after it was dropped its collections have another name,
 * `ledger.v1r2.entries`, so that whoever still works on the dropped ones touches nothing of the new.
 */
export function collectionName({ name, version }: PartitionName, round: number, collection: string): string {
  return `${name}.v${version}${round === 1 ? '' : `r${round}`}.${collection}`;
}

/** Throws an `invalid` fault when the names cannot be those of collections in the database. */
export function checkNames(database: string, definition: PartitionDefinition): void {
  for (const name of [definition.name, ...definition.collections.map((collection) => collection.name)]) {
    if (!/^[a-z][a-z0-9_]*$/i.test(name)) throw refused(`${JSON.stringify(name)} is not in lower_snake_case`);
    // With room for a round of six digits.
    const longest = `${database}.${collectionName(definition, 999_999, name)}`;
    if (Buffer.byteLength(longest) > longestNamespaceBytes) {
      throw refused(`${longest} is longer than ${longestNamespaceBytes} bytes`);
    }
  }
}

function refused(why: string): FaultError {
  return new FaultError(fault('invalid', `a read model cannot be kept in MongoDB under its name: ${why}`));
}
