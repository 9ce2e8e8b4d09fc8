// A commit as MongoDB is asked for it, made once however often the transaction runs.
import { type AnyBulkWriteOperation, Binary } from 'mongodb';
import type { DocumentWrite, QuarantinedEvent } from '../ports.ts';
import { type BsonFields, toBson } from './bson-document.ts';
import type { QuarantinedDocument } from './own-collections.ts';

/** A stored document: its key and its fields. */
export interface StoredDocument extends BsonFields {
  _id: string;
}

export interface PlannedWrites {
  readonly collection: string;
  readonly keys: readonly string[];
  readonly operations: AnyBulkWriteOperation<StoredDocument>[];
}

/** By collection; of several writes of one document the last. */
export function planWrites(writes: readonly DocumentWrite[]): PlannedWrites[] {
  const collections = Map.groupBy(writes, ({ collection }) => collection);
  return [...collections].map(([collection, own]) => {
    const last = new Map(own.map((write) => [write.key, write]));
    return { collection, keys: [...last.keys()], operations: [...last.values()].map(operationOf) };
  });
}

function operationOf({ key: _id, document }: DocumentWrite): AnyBulkWriteOperation<StoredDocument> {
  if (document === undefined) return { deleteOne: { filter: { _id } } };
  return { replaceOne: { filter: { _id }, replacement: toBson(document), upsert: true } };
}

/** What is put aside, under the partition it belongs to. */
export function planQuarantine(
  { partition, round }: Pick<QuarantinedDocument, 'partition' | 'round'>,
  events: readonly QuarantinedEvent[],
): QuarantinedDocument[] {
  return events.map(({ envelope, ...event }) => ({
    _id: `${partition}/${round}/${event.position}`,
    partition,
    round,
    ...event,
    envelope: new Binary(envelope),
  }));
}
