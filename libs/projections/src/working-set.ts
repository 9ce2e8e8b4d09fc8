// The documents of a batch while its events are folded in, one after the other.
import { checkKey, indexedFields, sealDocument } from './document-rules.ts';
import type { CollectionDefinition, Document, DocumentKey, DocumentWrite, WorkingSet } from './ports.ts';
import { collectionOf } from './store-rules.ts';

/** A document under its name; undefined when there is none. */
export interface LoadedDocument extends DocumentKey {
  readonly document: Document | undefined;
}

/** What one event sees and changes; nothing of it stays unless it is kept. */
export interface EventDocuments extends WorkingSet {
  keep(): void;
}

export interface BatchDocuments {
  /** Opens the documents for an event that named these. */
  forEvent(named: readonly DocumentKey[]): EventDocuments;
  /** Every document that a kept event wrote, once, as it is now. */
  writes(): readonly DocumentWrite[];
}

/** Starts a batch with the documents that were loaded for it. */
export function batchDocuments(
  collections: readonly CollectionDefinition[],
  loaded: readonly LoadedDocument[],
): BatchDocuments {
  const documents = new Map(loaded.map((entry) => [nameOf(entry.collection, entry.key), entry.document]));
  const written = new Map<string, DocumentKey>();
  const fields = new Map(collections.map((collection) => [collection.name, indexedFields(collection)]));
  return {
    forEvent(named) {
      const changes = new Map<string, LoadedDocument>();
      const change = (collection: string, key: string, document: Document | undefined) => {
        checkKey(key);
        changes.set(nameOf(collectionOf(collections, collection).name, key), { collection, key, document });
      };
      return {
        get<D extends Document>(collection: string, key: string): D | undefined {
          const name = nameOf(collection, key);
          const changed = changes.get(name);
          if (changed) return changed.document as D | undefined;
          if (!named.some((read) => read.key === key && read.collection === collection)) throw unnamed(name);
          return documents.get(name) as D | undefined;
        },
        put(collection, key, document) {
          change(collection, key, sealDocument(document, fields.get(collection) ?? []));
        },
        delete: (collection, key) => change(collection, key, undefined),
        keep() {
          for (const [name, { collection, key, document }] of changes) {
            documents.set(name, document);
            written.set(name, { collection, key });
          }
        },
      };
    },
    writes: () =>
      [...written].map(([name, { collection, key }]) => ({ collection, key, document: documents.get(name) })),
  };
}

/** Collection names have no slash, so that no two documents share a name. */
export function nameOf(collection: string, key: string): string {
  return `${collection}/${key}`;
}

function unnamed(name: string): RangeError {
  return new RangeError(`the event looks at document ${name}, which reads() does not name for it`);
}
