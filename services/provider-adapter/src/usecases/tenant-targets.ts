// Where a tenant's call goes, and by which key: its own where it has stored one, and never the shared key anywhere else.
import { type Fault, fault, faultOf, type Result } from '@waybill/kernel';
import { LRUCache } from 'lru-cache';
import type { SealedKey, Target } from '../ports.ts';
import type { OpenTenantKey } from './opened-keys.ts';
import type { TenantKeyBook } from './tenant-key-book.ts';

/** What of a target is another one at a tenant's own address. */
export type OwnPlace = Pick<Target, 'basePath' | 'connection' | 'server'>;

export interface TenantTargetsOptions {
  readonly book: Pick<TenantKeyBook, 'of'>;
  readonly openKey: OpenTenantKey;
  /** Connects to an address that a tenant has set, if it may be called. */
  connectOwn(target: Target, baseUrl: string): Result<OwnPlace>;
}

export interface TenantTargets {
  /** The target itself where the tenant has no key of its own; a promise where there is one to be opened. */
  choose(target: Target, tenantId: string): Result<Target> | Promise<Result<Target>>;
  close(): Promise<void>;
}

/** Connections to tenants' own addresses; the one used longest ago goes first. */
const placesKept = 1_000;

export function tenantTargets({ book, openKey, connectOwn }: TenantTargetsOptions): TenantTargets {
  const closing = new Set<Promise<void>>();
  const places = new LRUCache<string, OwnPlace>({
    max: placesKept,
    dispose({ connection }) {
      const closed = connection.close().finally(() => closing.delete(closed));
      closing.add(closed);
    },
  });

  function placeOf(target: Target, key: SealedKey): Result<Partial<OwnPlace>> {
    const { baseUrl } = key;
    if (baseUrl === '') return { ok: true, value: {} };
    const name = nameOf(key);
    const known = places.get(name);
    if (known !== undefined) return { ok: true, value: known };
    const made = connectOwn(target, baseUrl);
    if (made.ok) places.set(name, made.value);
    return made;
  }

  async function withOwnKey(target: Target, key: SealedKey): Promise<Result<Target>> {
    const place = placeOf(target, key);
    if (!place.ok) return place;
    try {
      const credential = await openKey(key);
      const keys = [{ id: nameOf(key), secret: credential, weight: 1 }];
      return { ok: true, value: { ...target, ...place.value, credential, keys, tenantKeyId: key.keyId } };
    } catch (thrown) {
      return { ok: false, fault: notOpened(key, faultOf(thrown)) };
    }
  }

  return {
    choose(target, tenantId) {
      if (target.tenantKeys === 'refused') return { ok: true, value: target };
      const key = book.of(tenantId, target.providerId);
      if (key !== undefined) return withOwnKey(target, key);
      return target.tenantKeys === 'required'
        ? { ok: false, fault: noOwnKey(target, tenantId) }
        : { ok: true, value: target };
    },
    async close() {
      places.clear();
      await Promise.all(closing);
    },
  };
}

/** What is known of a key ends with its replacement. */
function nameOf({ keyId, version }: SealedKey): string {
  return `${keyId}/${version}`;
}

/** The shared key is no way out: the tenant has chosen not to be served by it. */
function notOpened({ keyId, providerId }: SealedKey, cause: Fault): Fault {
  const message = `the tenant's own key ${keyId} at ${providerId} cannot be used: ${cause.message}`;
  return fault('unavailable', message, { details: { reason: 'tenant_key_not_opened' }, cause });
}

function noOwnKey({ providerId }: Target, tenantId: string): Fault {
  const message = `${providerId} is served by the tenant's own key alone, and ${tenantId} has stored none there`;
  return fault('forbidden', message, { details: { reason: 'no_tenant_key' } });
}
