// The virtual keys there are: a fold over what was issued and revoked. Only keyed digests are in it.
import { timingSafeEqual } from 'node:crypto';
import type { KeyIssued, KeyRevoked } from '@waybill/contracts';

export interface KnownKey {
  readonly keyId: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly digest: Buffer;
  readonly displayPrefix: string;
  /** configuration: it cannot be revoked here. */
  readonly origin: 'configuration' | 'issued';
  readonly issuedAtMicros: bigint | undefined;
  readonly expiresAtMicros: bigint | undefined;
  readonly isRevoked: boolean;
  readonly managesProviderKeys: boolean;
}

export interface KeyBook {
  readonly byId: Map<string, KnownKey>;
  /** By digest in hexadecimal. */
  readonly byDigest: Map<string, KnownKey>;
}

export function emptyKeyBook(): KeyBook {
  return { byId: new Map(), byDigest: new Map() };
}

/** Adds a key, or puts it in the place of what is known of it. */
export function noteKey(book: KeyBook, key: KnownKey): void {
  book.byId.set(key.keyId, key);
  book.byDigest.set(key.digest.toString('hex'), key);
}

/** A key that is known already stays as it is, revoked or not. */
export function noteIssued(book: KeyBook, issued: KeyIssued, issuedAtMicros: bigint): void {
  if (book.byId.has(issued.keyId)) return;
  const { keyId, tenantId, projectId, displayPrefix, expiresAtMicros, managesProviderKeys } = issued;
  const digest = Buffer.from(issued.digest);
  const origin = 'issued' as const;
  const key = { keyId, tenantId, projectId, digest, displayPrefix, origin, issuedAtMicros, expiresAtMicros };
  noteKey(book, { ...key, managesProviderKeys, isRevoked: false });
}

export function noteRevoked(book: KeyBook, { keyId }: Pick<KeyRevoked, 'keyId'>): void {
  const key = book.byId.get(keyId);
  if (key?.origin === 'issued') noteKey(book, { ...key, isRevoked: true });
}

/** The key with this digest, if it is good at this time. */
export function goodKey(book: KeyBook, digest: Buffer, nowMicros: bigint): KnownKey | undefined {
  const key = book.byDigest.get(digest.toString('hex'));
  if (key === undefined || !timingSafeEqual(key.digest, digest)) return undefined;
  const isOver = key.expiresAtMicros !== undefined && nowMicros >= key.expiresAtMicros;
  return key.isRevoked || isOver ? undefined : key;
}
