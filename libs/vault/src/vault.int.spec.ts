import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { faultOf, Secret } from '@waybill/kernel';
import { startVaultWire, type VaultServer } from '../../../test/infra/vault-wire.ts';
import { openVault, parseFieldReference, readField, type VaultLogin } from './index.ts';

const canary = 'sk-canary-vault-0123456789';
let server: VaultServer;
let folder: string;

beforeAll(async () => {
  server = await startVaultWire();
  folder = await mkdtemp(join(tmpdir(), 'waybill-vault-'));
  await server.administer('POST', 'secret/data/waybill/openai', { data: { api_key: canary, empty: '', list: [1] } });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function read(reference: string, login?: VaultLogin, address = server.address): Promise<string> {
  const by = login ?? { by: 'token', token: new Secret(server.token) };
  const vault = openVault({ address, login: by, timeoutMs: 1_000 });
  return readField(vault, parseFieldReference(reference)!).finally(vault.close);
}

async function refusal(work: Promise<string>) {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const { kind, message } = faultOf(thrown);
  expect(`${JSON.stringify(faultOf(thrown))}${(thrown as Error).stack}`).not.toContain(canary);
  expect(message).not.toContain(server.token);
  return { kind, message };
}

const place = 'secret/waybill/openai#api_key';

test('a field of the newest version is read', async () => {
  expect(await read(place)).toBe(canary);
});

describe('the token', () => {
  test('may come from a file, which is read each time', async () => {
    const file = join(folder, 'token');
    await writeFile(file, `${server.token}\n`);
    expect(await read(place, { by: 'token-file', file })).toBe(canary);
    await writeFile(file, 'another');
    expect(await refusal(read(place, { by: 'token-file', file }))).toMatchObject({ kind: 'forbidden' });
    await rm(file);
    const { message } = await refusal(read(place, { by: 'token-file', file }));
    expect(message).toContain(`${file}, which Vault needs, cannot be read (ENOENT)`);
  });

  test('may be that of a service account in Kubernetes', async () => {
    const tokenFile = join(folder, 'service-account');
    await writeFile(tokenFile, 'service-account-token');
    const login = { by: 'kubernetes', role: 'waybill', mount: 'kubernetes', tokenFile } as const;
    expect(await read(place, login)).toBe(canary);
    const { kind, message } = await refusal(read(place, { ...login, role: 'other' }));
    expect(kind).toBe('forbidden');
    expect(message).toContain('auth/kubernetes/login');
  });
});

describe('what cannot be read is told with the place, and the fix', () => {
  test.each([
    ['secret/waybill/none#api_key', 'not_found', 'secret/data/waybill/none'],
    ['kv/waybill/openai#api_key', 'not_found', 'check mount and path'],
    ['secret/waybill/openai#key', 'not_found', 'has no field key; it has api_key, empty, list'],
    ['secret/waybill/openai#empty', 'invalid', 'is empty or no text'],
    ['secret/waybill/openai#list', 'invalid', 'is empty or no text'],
  ])('%s', async (reference, kind, message) => {
    expect(await refusal(read(reference))).toEqual({ kind, message: expect.stringContaining(message) });
  });

  test('a token that is no good', async () => {
    const login = { by: 'token', token: new Secret('hvs.none') } as const;
    expect(await refusal(read(place, login))).toMatchObject({ kind: 'forbidden' });
  });

  test('nobody there', async () => {
    const away = `http://127.0.0.1:${await closedPort()}`;
    const { kind, message } = await refusal(read(place, undefined, away));
    expect(kind).toBe('unavailable');
    expect(message).toContain('ECONNREFUSED');
  });

  test.each([
    [503, {}, 'unavailable', 'is sealed'],
    [301, { location: 'http://127.0.0.1:1/' }, 'unavailable', 'status 301'],
    [200, {}, 'unavailable', 'is no Vault'],
  ])('an answer with status %d', async (status, headers, kind, message) => {
    const odd = createServer((_request, response) => void response.writeHead(status, headers).end(canary));
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    try {
      const told = await refusal(read(place, undefined, address));
      expect(told).toEqual({ kind, message: expect.stringContaining(message) });
    } finally {
      odd.closeAllConnections();
      odd.close();
    }
  });

  test('silence', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    try {
      expect(await refusal(read(place, undefined, address))).toMatchObject({ kind: 'timeout' });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  test.each(['http://vault.example.com:8200', 'vault:8200', 'ftp://127.0.0.1'])('the address %s', (address) => {
    expect(() => openVault({ address, login: { by: 'token', token: new Secret('x') } })).toThrow(
      'the address of Vault',
    );
  });
});

test.each(['secret#a', 'secret/a', 'secret/../sys#a', '/a#b', 'secret/a/#b', 'secret/a?x=1#b', 'secret/a b#c'])(
  '%s is no place in Vault',
  (text) => expect(parseFieldReference(text)).toBeUndefined(),
);

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
