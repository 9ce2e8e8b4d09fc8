// Envelope encryption of a tenant's key: a data key for each, which is kept under a key-encryption key alone.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { FaultError, fault, Secret } from '@waybill/kernel';
import type { Envelope, KeyBinding, KeyEncryption, SealedKey, WrapContext, WrappedKey } from '../ports.ts';
import { sealBytes, unsealBytes } from './sealed-bytes.ts';

const dataKeyBytes = 32;

export function envelopeBy(encryption: KeyEncryption): Envelope {
  return {
    async seal(secret, binding) {
      const dataKey = randomBytes(dataKeyBytes);
      return using(dataKey, async () => {
        const wrapped = await wrapChecked(dataKey, binding, encryption);
        return { sealed: sealBytes(Buffer.from(secret.reveal()), dataKey, textOf(binding)), wrapped };
      });
    },
    async open(key) {
      const dataKey = await encryption.unwrap(key.wrapped, contextOf(key));
      return using(dataKey, async () => opened(key, dataKey));
    },
    async rewrap(key) {
      const dataKey = await encryption.unwrap(key.wrapped, contextOf(key));
      return using(dataKey, () => wrapChecked(dataKey, key, encryption));
    },
    newestKey: async () => (await encryption.wrap(randomBytes(dataKeyBytes), nobody)).by,
    renew: encryption.renew,
    close: encryption.close,
  };
}

const nobody: WrapContext = { tenant: 'none', provider: 'none', purpose: 'provider-key' };

/** Nothing is left of the data key afterwards. */
async function using<Value>(dataKey: Buffer, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } finally {
    dataKey.fill(0);
  }
}

function opened(key: SealedKey, dataKey: Buffer): Secret {
  const plain = unsealBytes(key.sealed, dataKey, textOf(key));
  if (plain === undefined) {
    throw new FaultError(fault('forbidden', `the stored key ${key.keyId} is not as it was stored`));
  }
  const secret = new Secret(plain.toString());
  plain.fill(0);
  return secret;
}

/** A data key that could not be unwrapped again would take with it what it encrypts. */
async function wrapChecked(dataKey: Buffer, binding: KeyBinding, encryption: KeyEncryption): Promise<WrappedKey> {
  const context = contextOf(binding);
  const wrapped = await encryption.wrap(dataKey, context);
  const again = await encryption.unwrap(wrapped, context);
  const isSame = again.length === dataKey.length && timingSafeEqual(again, dataKey);
  again.fill(0);
  if (isSame) return wrapped;
  throw new FaultError(fault('internal', `what ${wrapped.by} has encrypted does not decrypt to what it was`));
}

function contextOf({ tenantId, providerId }: Pick<KeyBinding, 'tenantId' | 'providerId'>): WrapContext {
  return { tenant: tenantId, provider: providerId, purpose: 'provider-key' };
}

function textOf({ keyId, tenantId, providerId, baseUrl, version }: KeyBinding): string {
  return JSON.stringify(['waybill', 'provider-key', tenantId, providerId, baseUrl, keyId, version]);
}
