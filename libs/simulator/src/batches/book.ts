// The batches that were handed in: worked off at once when their time has come, unless they were cancelled before.
import type { JsonRecord } from '../json.ts';

export interface BatchEntry {
  readonly customId: string;
  readonly params: JsonRecord;
}

export type EntryResult = { readonly customId: string } & (
  | { readonly type: 'succeeded'; readonly reply: JsonRecord; readonly requestId: string }
  | { readonly type: 'errored'; readonly error: JsonRecord; readonly status: number }
  | { readonly type: 'canceled' | 'expired' }
);

export interface Batch {
  readonly id: string;
  /** The label of the key that handed it in: nobody else sees it. */
  readonly key: string;
  readonly dialect: string;
  readonly createdAt: Date;
  readonly entries: readonly BatchEntry[];
  /** What else the dialect keeps of it. */
  readonly kept: JsonRecord;
  cancelledAt: Date | undefined;
  endedAt: Date | undefined;
  /** In the order of the entries turned round, since no client may count on it. */
  results: readonly EntryResult[];
}

export type NewBatch = Pick<Batch, 'id' | 'key' | 'dialect' | 'createdAt' | 'entries' | 'kept'>;

export interface BatchBook {
  add(batch: NewBatch): Batch;
  /** One of the key's own; undefined when there is none. */
  find(dialect: string, key: string, id: string): Batch | undefined;
  /** The key's own, newest first. */
  list(dialect: string, key: string): readonly Batch[];
  clear(): void;
}

export function keepBatches(): BatchBook {
  const batches = new Map<string, Batch>();
  const isOf = (dialect: string, key: string) => (batch: Batch) => batch.dialect === dialect && batch.key === key;
  return {
    add(given) {
      const batch: Batch = { ...given, cancelledAt: undefined, endedAt: undefined, results: [] };
      batches.set(batch.id, batch);
      return batch;
    },
    find(dialect, key, id) {
      const batch = batches.get(id);
      return batch !== undefined && isOf(dialect, key)(batch) ? batch : undefined;
    },
    list: (dialect, key) => [...batches.values()].filter(isOf(dialect, key)).toReversed(),
    clear: () => batches.clear(),
  };
}
