// The ledger's documents in memory, for replays: everything but the entries, which are handed on and let go.
import type { Document, WorkingSet } from '@waybill/projections';
import {
  type AccountDocument,
  type ClearingDocument,
  type DoubtDocument,
  type EntryDocument,
  emptyHead,
  type HeadDocument,
  headKey,
} from '../projections/ledger.ts';

/** An entry under its event's id. */
export interface KeyedEntry {
  readonly key: string;
  readonly document: EntryDocument;
}

export interface BooksInMemory extends WorkingSet {
  readonly accounts: ReadonlyMap<string, AccountDocument>;
  readonly clearing: ReadonlyMap<string, ClearingDocument>;
  readonly doubts: ReadonlyMap<string, DoubtDocument>;
  head(): HeadDocument;
}

/**
 * An event that is repeated within the last 50,000 is known again. A log keeps its event ids unique by itself; this
 * covers what a broker delivers twice.
 */
const generationSize = 50_000;

export function booksInMemory(onEntry: (entry: KeyedEntry) => void = () => {}): BooksInMemory {
  const collections = { accounts: new Map(), clearing: new Map(), doubts: new Map(), head: new Map() };
  const documentsOf = (collection: string): Map<string, Document> =>
    collections[collection as keyof typeof collections];
  let [recent, older] = [new Map<string, Document>(), new Map<string, Document>()];
  const keepEntry = (key: string, document: EntryDocument) => {
    if (recent.size >= generationSize) [older, recent] = [recent, new Map()];
    recent.set(key, { ordinal: document.ordinal });
    onEntry({ key, document });
  };
  return {
    accounts: collections.accounts,
    clearing: collections.clearing,
    doubts: collections.doubts,
    head: () => collections.head.get(headKey.key) ?? emptyHead,
    get<D extends Document>(collection: string, key: string) {
      const found = collection === 'entries' ? (recent.get(key) ?? older.get(key)) : documentsOf(collection).get(key);
      return found as D | undefined;
    },
    put(collection, key, document) {
      if (collection === 'entries') keepEntry(key, document as EntryDocument);
      else documentsOf(collection).set(key, document);
    },
    delete: (collection, key) => void documentsOf(collection).delete(key),
  };
}
