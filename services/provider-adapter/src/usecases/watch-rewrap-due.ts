// Tells, at the start and then each day, that what encrypts the keys of tenants is due to be changed.
import { setTimeout as sleep } from 'node:timers/promises';
import { isRewrapDue, type RewrapAge } from '../core/tenant-key.ts';
import type { TenantKeyBook } from './tenant-key-book.ts';

export interface WatchOptions {
  readonly book: Pick<TenantKeyBook, 'all'>;
  readonly signal: AbortSignal;
  age(): RewrapAge;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
  /** Default: a day. */
  readonly everyMs?: number;
}

export function rewrapsDue(book: Pick<TenantKeyBook, 'all'>, age: RewrapAge): number {
  return book.all().filter((key) => isRewrapDue(key, age)).length;
}

/** Until the signal aborts. */
export async function watchRewrapDue({ book, signal, age, alarm, everyMs = 86_400_000 }: WatchOptions): Promise<void> {
  while (!signal.aborted) {
    const keys = rewrapsDue(book, age());
    const fix = 'waybill keys provider rewrap';
    if (keys > 0) alarm('tenant_keys_due', { keys, after_days: age().afterDays, fix });
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
