// Tenants' own keys of providers over HTTP and on the command line, in front of a provider-adapter that notes what it is told.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Fault, FaultKind, type StoreTenantKeyRequest, TenantKey } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import type { CommandInput } from '@waybill/service';
import { type EdgeBench, openEdgeBench } from '../testing/edge-bench.ts';
import { adminCommands } from './commands.ts';
import type { TenantKeys } from './provider-keys.ts';

const canary = 'sk-canary-byok-0123456789';
const managerKey = 'manager-of-acme';
const plainKey = 'plain-key-of-acme';

function shown(tenantId: string): TenantKey {
  const named = { keyId: 'pk_1', tenantId, providerId: 'openai', version: 1, wrappedBy: 'keyring:1' };
  return TenantKey.fromPartial({ ...named, storedAtMicros: 1_793_491_200_000_000n });
}

async function openBench() {
  const told: unknown[] = [];
  const note = (request: object) => void told.push(request);
  const tenantKeys: TenantKeys = {
    async storeTenantKey(request) {
      note(request);
      return { key: shown((request as StoreTenantKeyRequest).tenantId) };
    },
    async listTenantKeys(request) {
      note(request);
      return { keys: [shown('acme')] };
    },
    async replaceTenantKey(request) {
      note(request);
      return { key: { ...shown('acme'), version: 2 } };
    },
    async removeTenantKey(request) {
      note(request);
      return {};
    },
    async rewrapTenantKeys(request) {
      note(request);
      const fault = Fault.fromPartial({ kind: FaultKind.UNAVAILABLE, message: 'the keyring is away' });
      return { wrappedBy: 'keyring:2', rewrapped: 3, current: 1, failed: 1, fault };
    },
  };
  const key = (id: string, secret: string, managesProviderKeys: boolean) => ({
    ...{ id, secret: new Secret(secret), tenant: 'acme', project: 'search', managesProviderKeys },
  });
  const keys = [key('boss', managerKey, true), key('plain', plainKey, false)];
  const bench = await openEdgeBench({ callers: 'keys', keys, neighbours: { tenantKeys } });
  return { bench, told };
}

async function ask({ url }: EdgeBench, path: string, { key, ...init }: RequestInit & { readonly key: string }) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { ...init, headers });
  return { status: answer.status, body: await answer.json() };
}

describe('the operator', () => {
  test('stores, lists, rotates and removes keys of every tenant', async () => {
    const { bench, told } = await openBench();
    const key = bench.adminToken;
    const body = JSON.stringify({
      tenant: 'acme',
      provider: 'openai',
      key: canary,
      base_url: 'https://api.example.com',
    });
    const stored = await ask(bench, '/admin/v1/provider-keys', { method: 'POST', key, body });
    expect(stored).toMatchObject({
      status: 201,
      body: { id: 'pk_1', tenant: 'acme', base_url: null, version: 1, stored_at: '2026-11-01T00:00:00.000Z' },
    });
    await ask(bench, '/admin/v1/provider-keys', { key });
    const rotated = JSON.stringify({ key: canary });
    await ask(bench, '/admin/v1/provider-keys/pk_1/rotate', { method: 'POST', key, body: rotated });
    await ask(bench, '/admin/v1/provider-keys/pk_1?reason=left', { method: 'DELETE', key, body: '{}' });
    expect(told).toEqual([
      { tenantId: 'acme', providerId: 'openai', secret: canary, baseUrl: 'https://api.example.com', actor: 'admin' },
      { tenantId: '' },
      { keyId: 'pk_1', tenantId: '', secret: canary, actor: 'admin' },
      { keyId: 'pk_1', tenantId: '', reason: 'left', actor: 'admin' },
    ]);
    expect(JSON.stringify(stored)).not.toContain(canary);
  });

  test('has to have the token', async () => {
    const { bench, told } = await openBench();
    expect(await ask(bench, '/admin/v1/provider-keys', { key: managerKey })).toMatchObject({ status: 401 });
    expect(told).toEqual([]);
  });
});

describe('a tenant', () => {
  test('sees to its own keys by a virtual key that may', async () => {
    const { bench, told } = await openBench();
    const body = JSON.stringify({ provider: 'openai', key: canary });
    expect(await ask(bench, '/api/provider-keys', { method: 'POST', key: managerKey, body })).toMatchObject({
      status: 201,
    });
    await ask(bench, '/api/provider-keys', { key: managerKey });
    await ask(bench, '/api/provider-keys/pk_1/rotate', {
      method: 'POST',
      key: managerKey,
      body: JSON.stringify({ key: canary }),
    });
    await ask(bench, '/api/provider-keys/pk_1', { method: 'DELETE', key: managerKey, body: '{}' });
    expect(told).toEqual([
      { tenantId: 'acme', providerId: 'openai', secret: canary, baseUrl: '', actor: 'key/boss' },
      { tenantId: 'acme' },
      { keyId: 'pk_1', tenantId: 'acme', secret: canary, actor: 'key/boss' },
      { keyId: 'pk_1', tenantId: 'acme', reason: '', actor: 'key/boss' },
    ]);
  });

  test.each([
    ['no key', 'wrong', 401],
    ['a key that may not', plainKey, 403],
  ])('is refused with %s', async (_what, key, status) => {
    const { bench, told } = await openBench();
    for (const method of ['GET', 'POST']) {
      const init = method === 'GET' ? {} : { body: JSON.stringify({ provider: 'openai', key: canary }) };
      const answer = await ask(bench, '/api/provider-keys', { method, key, ...init });
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer)).not.toContain(canary);
    }
    expect(told).toEqual([]);
  });

  test('does not store keys of others, nor change what encrypts them', async () => {
    const { bench, told } = await openBench();
    const body = JSON.stringify({ tenant: 'zeta', provider: 'openai', key: canary });
    expect(await ask(bench, '/api/provider-keys', { method: 'POST', key: managerKey, body })).toMatchObject({
      status: 403,
    });
    expect(
      await ask(bench, '/api/provider-keys/rewrap', { method: 'POST', key: managerKey, body: '{}' }),
    ).toMatchObject({
      status: 405,
    });
    expect(told).toEqual([]);
  });

  test('may have its virtual key issued with that right', async () => {
    const { bench } = await openBench();
    const body = JSON.stringify({ tenant: 'zeta', manages_provider_keys: true });
    const { body: issued } = await ask(bench, '/admin/v1/keys', { method: 'POST', key: bench.adminToken, body });
    expect(issued).toMatchObject({ manages_provider_keys: true });
    expect(await ask(bench, '/api/provider-keys', { key: (issued as { key: string }).key })).toMatchObject({
      status: 200,
    });
  });
});

test.each([
  ['{"provider":"openai","key":"sk-canary', 'not valid JSON'],
  ['{"provider":"openai","key":["sk-canary"]}', 'key'],
  ['{"provider":"open ai","key":"sk-canary"}', 'provider is no id'],
  ['{"provider":"openai","key":"sk-canary","secret":"sk-canary"}', 'not known'],
  ['{"key":"sk-canary"}', 'provider is missing'],
])('a body such as %s is refused without what is secret in it', async (body, message) => {
  const { bench } = await openBench();
  const answer = await ask(bench, '/api/provider-keys', { method: 'POST', key: managerKey, body });
  expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining(message) } } });
  expect(JSON.stringify(answer)).not.toContain('sk-canary');
});

describe('on the command line', () => {
  async function run(
    { configuration }: EdgeBench,
    words: string,
    input: Partial<CommandInput> & { typed?: string[] } = {},
  ) {
    const printed: string[] = [];
    const command = adminCommands.find(({ name }) => name === words);
    const lines = (async function* () {
      yield* input.typed ?? [];
    })();
    const rest = { arguments: [], options: {}, json: false, lines };
    const code = await command!.run({ ...rest, configuration, print: (line) => printed.push(line), ...input });
    return { code, printed };
  }

  test('a key comes by standard input, or a file, and is not shown', async () => {
    const { bench, told } = await openBench();
    const options = { tenant: 'acme', provider: 'openai' };
    const added = await run(bench, 'keys provider add', { options, typed: [`  ${canary} `] });
    expect(added.printed).toEqual(['key pk_1: tenant acme is served by its own key at openai now']);
    const keyFile = join(bench.dataDirectory, 'key');
    await writeFile(keyFile, `${canary}\n`);
    const rotated = await run(bench, 'keys provider rotate', { arguments: ['pk_1'], options: { keyFile } });
    expect(rotated.printed).toEqual(['key pk_1 is version 2 now']);
    expect(told).toMatchObject([{ secret: canary }, { secret: canary }]);
  });

  test('keys are listed and removed, and what encrypts them is changed', async () => {
    const { bench } = await openBench();
    const { printed } = await run(bench, 'keys provider list');
    expect(printed[1]).toMatch(/^pk_1 +acme +openai +- +1 +2026-11-01/);
    expect((await run(bench, 'keys provider remove', { arguments: ['pk_1'] })).printed).toEqual([
      'key pk_1 is forgotten',
    ]);
    expect(await run(bench, 'keys provider rewrap', { options: { newKey: true } })).toEqual({
      code: 1,
      printed: ['under keyring:2: 3 encrypted anew, 1 were', '1 could not be done: the keyring is away'],
    });
  });

  test('what is missing is told', async () => {
    const { bench } = await openBench();
    const options = { provider: 'openai' };
    await expect(run(bench, 'keys provider add', {})).rejects.toThrow('give --provider');
    await expect(run(bench, 'keys provider add', { options })).rejects.toThrow('no key came by standard input');
    const keyFile = '/none/key';
    await expect(run(bench, 'keys provider add', { options: { ...options, keyFile } })).rejects.toThrow(
      '/none/key cannot be read',
    );
  });
});
