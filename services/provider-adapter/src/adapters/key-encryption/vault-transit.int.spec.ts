import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import { openVault } from '@waybill/vault';
import { startVaultWire, type VaultServer } from '../../../../../test/infra/vault-wire.ts';
import { keyEncryptionContract, refusalOf } from '../../testing/key-encryption-contract.ts';
import { vaultTransit } from './vault-transit.ts';

const context = { tenant: 'acme', provider: 'openai', purpose: 'provider-key' } as const;
let server: VaultServer;

beforeAll(async () => {
  server = await startVaultWire();
  await server.administer('POST', 'transit/keys/waybill', { type: 'aes256-gcm96' });
});

afterAll(() => server.stop());

function open({ key = 'waybill', token = server.token }: { key?: string; token?: string } = {}) {
  const login = { by: 'token', token: new Secret(token) } as const;
  return vaultTransit({ vault: openVault({ address: server.address, login }), mount: 'transit', key });
}

keyEncryptionContract("key-encryption keys in Vault's transit engine, by its documented wire", {
  open: async () => open(),
  makeNewer: (encryption) => encryption.renew(),
});

test.each([
  ['a key that is not there', { key: 'none' }, 'invalid', 'transit/encrypt/none'],
  ['a token that is no good', { token: 'hvs.canary-token' }, 'forbidden', 'the token is no longer good'],
])('%s is told, and nothing secret', async (_what, given, kind, message) => {
  const encryption = open(given);
  const dataKey = Buffer.from('canary-data-key-of-32-bytes-size');
  const refusal = await refusalOf(encryption.wrap(dataKey, context)).finally(encryption.close);
  expect(refusal).toEqual({ kind, told: expect.stringContaining(message) });
  for (const secret of ['hvs.canary', dataKey.toString(), dataKey.toString('base64')]) {
    expect(refusal.told).not.toContain(secret);
  }
});
