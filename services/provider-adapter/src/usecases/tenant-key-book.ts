// The stored keys of tenants at hand, so that no call waits for the store to know whether its tenant has one.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';
import type { SealedKey, SealedKeys } from '../ports.ts';

export interface TenantKeyBook {
  of(tenantId: string, providerId: string): SealedKey | undefined;
  byId(keyId: string): SealedKey | undefined;
  all(): readonly SealedKey[];
  /** Reads what others have changed, for when that cannot wait. Rejects when the store cannot be read. */
  refresh(): Promise<void>;
}

export interface BookOptions {
  readonly store: Pick<SealedKeys, 'revision' | 'all'>;
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** How often it is looked for what other replicas have changed, milliseconds; default 5,000. */
  readonly everyMs?: number;
  /** The store cannot be read for the moment: what is known stays good. */
  onFailed(because: Fault): void;
}

/** Rejects when the store cannot be read at the start: whose key a call has to go out by is not known then. */
export async function openTenantKeyBook(options: BookOptions): Promise<TenantKeyBook> {
  const { store } = options;
  let revision = -1n;
  let keys: readonly SealedKey[] = [];
  let byTenant = new Map<string, SealedKey>();

  async function refresh(): Promise<void> {
    // Read before the keys: a change in between is read again with the next one.
    const newest = await store.revision();
    if (newest === revision) return;
    keys = await store.all();
    byTenant = new Map(keys.map((key) => [nameOf(key.tenantId, key.providerId), key]));
    revision = newest;
  }

  await refresh();
  void follow(refresh, options);
  return {
    of: (tenantId, providerId) => byTenant.get(nameOf(tenantId, providerId)),
    byId: (keyId) => keys.find((key) => key.keyId === keyId),
    all: () => keys,
    refresh,
  };
}

async function follow(refresh: () => Promise<void>, { signal, everyMs = 5_000, onFailed }: BookOptions): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    await refresh().catch((thrown: unknown) => onFailed(faultOf(thrown)));
  }
}

function nameOf(tenantId: string, providerId: string): string {
  return JSON.stringify([tenantId, providerId]);
}
