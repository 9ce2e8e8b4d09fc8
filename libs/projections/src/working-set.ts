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

/** A collection's documents while a batch is folded, by key; undefined where there is none. */
interface BatchCollection {
  readonly indexed: readonly string[];
  readonly loaded: Map<string, Document | undefined>;
  readonly written: Map<string, Document | undefined>;
}

/** Starts a batch with the documents that were loaded for it. */
export function batchDocuments(
  definitions: readonly CollectionDefinition[],
  loaded: readonly LoadedDocument[],
): BatchDocuments {
  const collections = new Map(definitions.map((definition) => [definition.name, emptyCollection(definition)]));
  for (const { collection, key, document } of loaded) collections.get(collection)?.loaded.set(key, document);

  function current(collection: string, key: string): Document | undefined {
    const contents = collections.get(collection);
    return contents?.written.has(key) ? contents.written.get(key) : contents?.loaded.get(key);
  }

  function forEvent(named: readonly DocumentKey[]): EventDocuments {
    const changes: LoadedDocument[] = [];
    const find = (collection: string, key: string) => (each: DocumentKey) =>
      each.key === key && each.collection === collection;
    return {
      get<D extends Document>(collection: string, key: string): D | undefined {
        const isIt = find(collection, key);
        const changed = changes.findLast(isIt);
        if (changed) return changed.document as D | undefined;
        if (!named.some(isIt)) throw unnamed(collection, key);
        return current(collection, key) as D | undefined;
      },
      put(collection, key, document) {
        checkKey(key);
        const { indexed } = collections.get(collection) ?? emptyCollection(collectionOf(definitions, collection));
        changes.push({ collection, key, document: sealDocument(document, indexed) });
      },
      delete(collection, key) {
        checkKey(key);
        changes.push({ collection: collectionOf(definitions, collection).name, key, document: undefined });
      },
      keep() {
        for (const { collection, key, document } of changes) collections.get(collection)!.written.set(key, document);
      },
    };
  }

  return {
    forEvent,
    writes: () => [...collections].flatMap(([collection, contents]) => writesOf(collection, contents)),
  };
}

function emptyCollection(definition: CollectionDefinition): BatchCollection {
  return { indexed: indexedFields(definition), loaded: new Map(), written: new Map() };
}

/** What is known to be absent before and after the batch needs no write. */
function writesOf(collection: string, { loaded, written }: BatchCollection): DocumentWrite[] {
  const writes: DocumentWrite[] = [];
  for (const [key, document] of written) {
    const isAbsentStill = document === undefined && loaded.has(key) && loaded.get(key) === undefined;
    if (!isAbsentStill) writes.push({ collection, key, document });
  }
  return writes;
}

function unnamed(collection: string, key: string): RangeError {
  return new RangeError(`the event looks at document ${collection}/${key}, which reads() does not name for it`);
}
