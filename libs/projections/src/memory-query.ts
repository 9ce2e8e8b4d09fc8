// Queries over documents in memory, in the order the port lays down.
import type { Document, DocumentValue, Query } from './ports.ts';

interface Found {
  readonly key: string;
  readonly document: Document;
}

/** The documents that the query asks for. */
export function select(documents: ReadonlyMap<string, Document>, query: Query): Found[] {
  const found: Found[] = [];
  for (const [key, document] of documents) if (matches(key, document, query)) found.push({ key, document });
  found.sort(orderOf(query));
  return query.limit === undefined ? found : found.slice(0, query.limit);
}

function matches(key: string, document: Document, { where = {}, range, afterKey }: Query): boolean {
  if (afterKey !== undefined && compareText(key, afterKey) <= 0) return false;
  if (Object.entries(where).some(([field, wanted]) => (document[field] ?? null) !== wanted)) return false;
  return range === undefined || within(document[range.field] ?? null, range);
}

function within(value: DocumentValue, { from, to }: NonNullable<Query['range']>): boolean {
  if (from === undefined && to === undefined) return true;
  if (value === null) return false;
  if (from !== undefined && compareIndexed(value, from) < 0) return false;
  return to === undefined || compareIndexed(value, to) <= 0;
}

function orderOf({ orderBy }: Query): (one: Found, other: Found) => number {
  if (!orderBy) return (one, other) => compareText(one.key, other.key);
  const { field, descending } = orderBy;
  const sign = descending ? -1 : 1;
  return (one, other) =>
    sign *
    (compareIndexed(one.document[field] ?? null, other.document[field] ?? null) || compareText(one.key, other.key));
}

/** Nothing before bigints before text, as SQLite orders them. */
function compareIndexed(one: DocumentValue, other: DocumentValue): number {
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other);
  if (typeof one === 'bigint' && typeof other === 'bigint') return one < other ? -1 : one > other ? 1 : 0;
  return rank(one) - rank(other);
}

function rank(value: DocumentValue): number {
  if (value === null) return 0;
  return typeof value === 'bigint' ? 1 : 2;
}

/** By UTF-8 bytes; plain comparison of strings goes by UTF-16 units, which differs above U+FFFF. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
