// Documents in memory: for replays, comparisons and tests. Keeps the same contract as the stores on disk.
import { decodeDocument, encodeDocument } from './document-text.ts';
import { select } from './memory-query.ts';
import type { Document, Projection, ProjectionPartition, ProjectionStore, QuarantinedEvent } from './ports.ts';
import { checkQuery, collectionOf, droppedFault, refuseChanged } from './store-rules.ts';

type Definition = Pick<Projection, 'name' | 'version' | 'collections'>;

interface Contents {
  readonly definition: Definition;
  readonly documents: Map<string, Map<string, Document>>;
  readonly quarantined: QuarantinedEvent[];
  checkpoint: bigint;
  dropped: boolean;
}

/** A store that forgets everything when it is let go. */
export function memoryProjectionStore(): ProjectionStore {
  const partitions = new Map<string, Contents>();
  const current = new Map<string, number>();
  return {
    async open(definition) {
      const id = `${definition.name}@${definition.version}`;
      let contents = partitions.get(id);
      if (!contents) {
        contents = emptyContents(definition);
        partitions.set(id, contents);
      }
      refuseChanged(contents.definition, definition);
      return partitionOver(contents, () => partitions.delete(id));
    },
    currentVersion: async (name) => current.get(name),
    async versions(name) {
      const mine = [...partitions.values()].filter(({ definition }) => definition.name === name);
      return mine.map(({ definition }) => definition.version).sort((one, other) => one - other);
    },
    async makeCurrent(name, version, expected) {
      if (current.get(name) !== expected) return false;
      current.set(name, version);
      return true;
    },
    async close() {},
  };
}

function emptyContents(definition: Definition): Contents {
  const documents = new Map(definition.collections.map(({ name }) => [name, new Map<string, Document>()]));
  return { definition, documents, quarantined: [], checkpoint: 0n, dropped: false };
}

function partitionOver(contents: Contents, forget: () => void): ProjectionPartition {
  const { collections } = contents.definition;
  const documentsOf = (collection: string) => contents.documents.get(collectionOf(collections, collection).name)!;
  return {
    async checkpoint() {
      refuseDropped(contents);
      return contents.checkpoint;
    },
    async getMany(keys) {
      refuseDropped(contents);
      return keys.map(({ collection, key }) => documentsOf(collection).get(key));
    },
    async find(collection, query = {}) {
      refuseDropped(contents);
      checkQuery(collectionOf(collections, collection), query);
      return select(documentsOf(collection), query);
    },
    async commit({ expectedCheckpoint, checkpoint, writes, quarantined }) {
      if (contents.dropped || contents.checkpoint !== expectedCheckpoint) return false;
      const changes = writes.map((write) => ({ ...write, documents: documentsOf(write.collection) }));
      for (const { documents, key, document } of changes) {
        if (document) documents.set(key, ownCopy(document));
        else documents.delete(key);
      }
      contents.quarantined.push(...quarantined);
      contents.checkpoint = checkpoint;
      return true;
    },
    async quarantine() {
      return [...contents.quarantined];
    },
    async drop() {
      contents.dropped = true;
      forget();
    },
  };
}

/** A frozen document cannot change under us and is kept as it is. */
function ownCopy(document: Document): Document {
  return Object.isFrozen(document) ? document : decodeDocument(encodeDocument(document));
}

function refuseDropped({ dropped, definition }: Contents): void {
  if (dropped) throw droppedFault(definition);
}
