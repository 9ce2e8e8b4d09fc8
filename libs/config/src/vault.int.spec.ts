// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how references are written in the file
// Secrets that a configuration takes from Vault.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startVaultWire, type VaultServer } from '../../../test/infra/vault-wire.ts';
import { loadConfiguration, readConfiguration } from './index.ts';

const canary = 'sk-canary-config-0123456789';
const cwd = mkdtempSync(join(tmpdir(), 'waybill-vault-config-'));
let server: VaultServer;

beforeAll(async () => {
  server = await startVaultWire();
  await server.administer('POST', 'secret/data/waybill/openai', { data: { api_key: canary } });
});

afterAll(async () => {
  await server.stop();
  rmSync(cwd, { recursive: true });
});

const withReference = (reference: string) => `
providers: [{ id: openai, kind: openai, api_key: "${reference}" }]
models: [{ id: fast, provider: openai, prices: free }]
`;
const place = '${vault:secret/waybill/openai#api_key}';

function read(text: string, environment: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(cwd, 'waybill.yaml'), text);
  return readConfiguration({ environment, cwd });
}

async function refusal(text: string, environment?: Readonly<Record<string, string>>): Promise<string> {
  const loaded = await read(text, environment);
  if (loaded.ok) throw new Error('it was accepted');
  expect(JSON.stringify(loaded.fault)).not.toContain(canary);
  expect(JSON.stringify(loaded.fault)).not.toContain(server.token);
  return loaded.fault.message;
}

test('a key is read from Vault by what its own variables say', async () => {
  const loaded = await read(withReference(place), { VAULT_ADDR: server.address, VAULT_TOKEN: server.token });
  expect(loaded).toMatchObject({ ok: true });
  if (!loaded.ok) return;
  expect(loaded.value.providers[0]!.apiKey!.reveal()).toBe(canary);
  const told = [inspect(loaded.value, { depth: 20 }), JSON.stringify(loaded.value.providers)].join();
  expect(told).toContain('[redacted]');
  expect(told).not.toContain(canary);
  expect(told).not.toContain(server.token);
});

test('a key is read from Vault by what the file says', async () => {
  writeFileSync(join(cwd, 'vault-token'), server.token);
  const text = `${withReference(place)}\nvault: { address: "\${MY_VAULT}", token_file: vault-token }`;
  const loaded = await read(text, { MY_VAULT: server.address });
  expect(loaded.ok && loaded.value.providers[0]!.apiKey!.reveal()).toBe(canary);
});

test.each([
  [
    '${vault:secret/waybill/none#api_key}',
    'providers[0].api_key: needs secret/waybill/none#api_key of Vault, and Vault, asked',
  ],
  ['${vault:secret/waybill/openai#other}', 'has no field other; it has api_key'],
  ['${vault:secret}', 'that is no place there; write mount/path#field'],
])('%s is refused with its place', async (reference, message) => {
  const told = await refusal(withReference(reference), { VAULT_ADDR: server.address, VAULT_TOKEN: server.token });
  expect(told).toContain(message);
});

test('without a Vault that can be asked the reference is refused, with what is missing', async () => {
  const missing = 'no Vault was asked: give vault.address (VAULT_ADDR) and a way to log in';
  expect(await refusal(withReference(place))).toContain(missing);
  expect(await refusal(withReference(place), { VAULT_ADDR: server.address })).toContain(missing);
  const away = await refusal(withReference(place), { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: server.token });
  expect(away).toContain('cannot be reached (ECONNREFUSED)');
  const plain = await refusal(withReference(place), { VAULT_ADDR: 'http://vault.example', VAULT_TOKEN: server.token });
  expect(plain).toContain('tokens would travel in plain text');
});

test('a wrong value that came from Vault is told by its place there', async () => {
  const text = `${withReference(place)}\nserver: { host: "${place}", http_port: "${place}" }`;
  const told = await refusal(text, { VAULT_ADDR: server.address, VAULT_TOKEN: server.token });
  expect(told).toContain('server.http_port: is wrong');
});

test('several ways to log in, and a transit engine without a Vault, are refused', async () => {
  const models = 'models: [{ id: fast, provider: sim, prices: free }]\nproviders: [{ id: sim, kind: simulator }]';
  const ways = `${models}\nvault: { address: "http://127.0.0.1:1", token: "\${T}", token_file: x }`;
  expect(await refusal(ways, { T: server.token })).toContain('vault: has several ways to log in');
  expect(await refusal(`${models}\ntenant_keys: { vault_transit: { key: waybill } }`)).toContain(
    'vault.address: is missing',
  );
  const two = `${models}\ntenant_keys: { keyring: { file: a }, aws_kms: { key: b } }`;
  expect(await refusal(two)).toContain('tenant_keys: names several keepers');
});

test('a key of Google Cloud KMS is named by the environment, and the file goes before it', () => {
  const environment = {
    GOOGLE_CLOUD_PROJECT_ID: 'your-project',
    GOOGLE_CLOUD_LOCATION_ID: 'europe-west3',
    GOOGLE_CLOUD_KEYRING_ID: 'ai-marketplace-keyring',
    GOOGLE_CLOUD_KEY_ID: 'api-key-encryption-key',
    GOOGLE_CLOUD_SERVICE_ACCOUNT_KEY_PATH: '/path/to/service-account.json',
  };
  rmSync(join(cwd, 'waybill.yaml'));
  const named = loadConfiguration({ environment, cwd });
  expect(named.ok && named.value.tenantKeys.keyEncryption).toEqual({
    by: 'google-cloud-kms',
    project: 'your-project',
    location: 'europe-west3',
    keyRing: 'ai-marketplace-keyring',
    key: 'api-key-encryption-key',
    credentialsFile: '/path/to/service-account.json',
    endpoint: 'https://cloudkms.googleapis.com',
  });
  writeFileSync(join(cwd, 'waybill.yaml'), 'tenant_keys: { keyring: { file: /keys/ring.json } }');
  const written = loadConfiguration({ environment, cwd });
  expect(written.ok && written.value.tenantKeys.keyEncryption).toEqual({ by: 'keyring', file: '/keys/ring.json' });
});
