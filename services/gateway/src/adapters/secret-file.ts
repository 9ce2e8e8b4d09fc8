// The gateway's own secret: the root of every key it needs. All replicas have the same.
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { FaultError, fault } from '@waybill/kernel';
import { readOrMakePrivateFile, readPrivateFile } from '../keys/private-file.ts';

/** A key for one purpose, 32 bytes; other purposes and tenants have others. */
export type DeriveKey = (purpose: string, tenantId?: string) => Buffer;

const secretBytes = 32;

/** Reads the secret, or makes it. Throws a FaultError `unavailable` when the file holds something else. */
export async function openSecret(file: string): Promise<DeriveKey> {
  const text = await readOrMakePrivateFile(file, () => randomBytes(secretBytes).toString('base64url'));
  return keysFrom(file, text);
}

/** Reads a secret that somebody has put there. Throws a FaultError `unavailable` when there is none. */
export async function readSecret(file: string): Promise<DeriveKey> {
  return keysFrom(file, await readPrivateFile(file));
}

/** What tells one secret from another and nothing else: safe to be stored and shown. */
export function fingerprintOf(deriveKey: DeriveKey): string {
  return createHmac('sha256', deriveKey('fingerprint')).update('waybill gateway secret').digest('hex').slice(0, 32);
}

function keysFrom(file: string, text: string): DeriveKey {
  const secret = Buffer.from(text, 'base64url');
  if (secret.length !== secretBytes) throw noSecret(file);
  return (purpose, tenantId = '') => {
    const purposeOfTenant = JSON.stringify([purpose, tenantId]);
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purposeOfTenant, secretBytes));
  };
}

function noSecret(file: string): FaultError {
  const message =
    `${file} does not hold 32 bytes in base64url: restore it, or delete it to begin anew; ` +
    'issued virtual keys, kept answers and pseudonyms of users then change';
  return new FaultError(fault('unavailable', message));
}
