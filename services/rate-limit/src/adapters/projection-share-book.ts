// Shares in the store of the read models: its checkpoint, which moves from its expected value only, is their version.
import type { Document, ProjectionPartition, ProjectionStore } from '@waybill/projections';
import type { Share } from '../core/share-out.ts';
import type { ShareBook, SharesOfLimits } from '../ports.ts';

interface ShareDocument extends Document {
  readonly owners: readonly (Document & Share)[];
}

const collection = 'shares';
const definition = { name: 'limit_shares', version: 1, collections: [{ name: collection }] };

export async function openShareBook(store: ProjectionStore): Promise<ShareBook> {
  const partition = await store.open(definition);
  return {
    async read() {
      // What is read later than the version is never older than it, and a write by that version fails if it is newer.
      const version = await partition.checkpoint();
      return { version, shares: await sharesIn(partition) };
    },
    async write(version, shares) {
      const writes = Object.entries(shares).map(([key, owners]) => {
        const document: ShareDocument = { owners: owners.map((share) => ({ ...share })) };
        return { collection, key, document };
      });
      return partition.commit({ expectedCheckpoint: version, checkpoint: version + 1n, writes, quarantined: [] });
    },
  };
}

async function sharesIn(partition: ProjectionPartition): Promise<SharesOfLimits> {
  const found = await partition.find(collection);
  return Object.fromEntries(
    found.map(({ key, document }) => [
      key,
      (document as ShareDocument).owners.map(({ owner, amount, used, wanted }) => ({ owner, amount, used, wanted })),
    ]),
  );
}
