// Digests keyed per tenant.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Call, encodeMessage } from '@waybill/contracts';
import { LRUCache } from 'lru-cache';
import type { Digests } from '../ports.ts';
import type { DeriveKey } from './secret-file.ts';

const tenantsAtHand = 1_000;
const pseudonymLength = 24;

export function hmacDigests(deriveKey: DeriveKey): Digests {
  const keys = new LRUCache<string, KeyObject>({ max: tenantsAtHand });

  function keyOf(purpose: string, tenantId: string): KeyObject {
    const name = JSON.stringify([purpose, tenantId]);
    const known = keys.get(name);
    if (known) return known;
    // Node 24 takes five times as long over the bytes of a key as over a key it knows.
    const key = createSecretKey(deriveKey(purpose, tenantId));
    keys.set(name, key);
    return key;
  }

  const digest = (purpose: string, tenantId: string, content: string | Uint8Array) =>
    createHmac('sha256', keyOf(purpose, tenantId)).update(content).digest();

  return {
    ofCall: (tenantId, call) => digest('request', tenantId, encodeMessage(Call, call)),
    ofIdempotencyKey: (tenantId, key) => digest('idempotency-key', tenantId, key).toString('hex'),
    ofUser: (tenantId, user) =>
      user === '' ? '' : `u_${digest('user', tenantId, user).toString('hex').slice(0, pseudonymLength)}`,
  };
}
