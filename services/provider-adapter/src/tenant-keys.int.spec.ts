// Keys that tenants bring, through the service as it is wired.
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfiguration } from '@waybill/config';
import {
  AttemptRequest,
  type AttemptResult,
  Call,
  ProviderServiceDefinition,
  TenantKeyServiceDefinition,
} from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';
import { type RunningServices, type ServiceContext, type ServiceDefinition, startServices } from '@waybill/service';
import { createLogger } from '@waybill/telemetry';
import { providerAdapterService } from './service.ts';
import { type KeyServer, startKeyServer } from './testing/provider-servers.ts';

const shared = 'sk-canary-shared-0123456789';
const own = 'sk-canary-own-0123456789';
const newer = 'sk-canary-newer-0123456789';

let folder: string;
let provider: KeyServer;
let elsewhere: KeyServer;
let running: RunningServices | undefined;
let context: ServiceContext;
let keys: Client<TenantKeyServiceDefinition>;
let providers: Client<ProviderServiceDefinition>;

const asker: ServiceDefinition = {
  name: 'gateway',
  async start(given) {
    context = given;
    keys = given.client(TenantKeyServiceDefinition);
    providers = given.client(ProviderServiceDefinition);
    return { offers: [] };
  },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-tenant-keys-'));
  provider = await startKeyServer();
  elsewhere = await startKeyServer();
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await Promise.all([provider.close(), elsewhere.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function start({ allowPrivate = true, use = 'allowed' }: { allowPrivate?: boolean; use?: string } = {}) {
  await running?.stop();
  const sharedKey = use === 'required' ? {} : { api_key: shared };
  const settings = {
    providers: [{ id: 'openai', kind: 'openai', base_url: provider.url, tenant_keys: use, ...sharedKey }],
    models: [
      {
        id: 'm',
        provider: 'openai',
        capabilities: ['chat'],
        context_window: 1000,
        max_output_tokens: 100,
        prices: 'free',
      },
    ],
    keys: [{ id: 'k', secret: 'a-virtual-key', tenant: 'acme' }],
    storage: { data_dir: join(folder, 'books'), durability: 'process' },
    tenant_keys: { allow_private: allowPrivate },
  };
  await writeFile(join(folder, 'waybill.yaml'), JSON.stringify(settings));
  const loaded = loadConfiguration({ environment: {}, cwd: folder });
  if (!loaded.ok) throw new FaultError(loaded.fault);
  const log = createLogger({ level: 'silent', process: 'test' });
  running = await startServices([providerAdapterService, asker], { configuration: loaded.value, log });
}

function store(fields: { tenantId?: string; secret?: string; baseUrl?: string } = {}) {
  const { tenantId = 'acme', secret = own, baseUrl = '' } = fields;
  return keys.storeTenantKey({ tenantId, providerId: 'openai', secret, baseUrl, actor: 'admin' });
}

let attempts = 0;

async function attempt(tenantId: string): Promise<AttemptResult> {
  attempts += 1;
  const call = Call.fromPartial({
    model: 'm',
    task: {
      $case: 'chat',
      value: { messages: [{ role: 2, parts: [{ part: { $case: 'text', value: { text: 'hi' } } }] }] },
    },
  });
  const named = { attemptId: `call_1:${attempts}`, providerId: 'openai', upstreamModel: 'm', modelId: 'm', tenantId };
  let result: AttemptResult | undefined;
  for await (const { update } of providers.attempt(
    AttemptRequest.fromPartial({ ...named, call, maxOutputTokens: 10 }),
  )) {
    if (update?.$case === 'result') result = update.value;
  }
  return result!;
}

async function eventsOf(keyId: string): Promise<string[]> {
  const stored = await context.events.readStream(`tenant-key/${keyId}`);
  return stored.map(({ envelope }) => envelope.type.split('.').at(-1)!);
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (thrown: unknown) => (thrown instanceof FaultError ? thrown.fault.kind : String(thrown)),
  );
}

test('a tenant is served by its own key, others by the shared one, and so after a restart', async () => {
  await start();
  await attempt('acme');
  const { key } = await store();
  expect(key).toMatchObject({ tenantId: 'acme', providerId: 'openai', version: 1, rewrapDue: false });
  expect((await attempt('acme')).tenantKeyId).toBe(key!.keyId);
  expect((await attempt('zeta')).tenantKeyId).toBe('');
  await start();
  await attempt('acme');
  expect(provider.keys).toEqual([shared, own, shared, own].map((each) => `Bearer ${each}`));
});

test('a key is replaced and removed at once, and each act and opening is in the events, with nothing of the key', async () => {
  await start();
  const keyId = (await store()).key!.keyId;
  await attempt('acme');
  await attempt('acme');
  const { key } = await keys.replaceTenantKey({ keyId, tenantId: '', secret: newer, actor: 'admin' });
  expect(key).toMatchObject({ keyId, version: 2 });
  await attempt('acme');
  await keys.removeTenantKey({ keyId, tenantId: '', reason: 'left', actor: 'key/k' });
  await attempt('acme');
  expect(provider.keys).toEqual([own, own, newer, shared].map((each) => `Bearer ${each}`));
  expect((await keys.listTenantKeys({ tenantId: '' })).keys).toEqual([]);
  expect(await eventsOf(keyId)).toEqual([
    'TenantKeyStored',
    'TenantKeyOpened',
    'TenantKeyStored',
    'TenantKeyOpened',
    'TenantKeyRemoved',
  ]);
  await running?.stop();
  const files = await readdir(join(folder, 'books'), { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name));
    for (const secret of [own, newer, shared]) expect(bytes.includes(secret)).toBe(false);
  }
});

test('what cannot be stored is refused, and the key is not repeated', async () => {
  await start();
  await store();
  expect(await kindOf(store())).toBe('conflict');
  expect(
    await kindOf(keys.storeTenantKey({ tenantId: 'a', providerId: 'none', secret: own, baseUrl: '', actor: '' })),
  ).toBe('not_found');
  const refused = await store({ tenantId: 'b', secret: `${own} ` }).catch((thrown: FaultError) => thrown);
  expect(JSON.stringify(refused)).not.toContain(own);
  expect(await kindOf(keys.replaceTenantKey({ keyId: 'pk_none', tenantId: '', secret: own, actor: '' }))).toBe(
    'not_found',
  );
});

test("a tenant does not reach another one's key", async () => {
  await start();
  const keyId = (await store()).key!.keyId;
  expect((await keys.listTenantKeys({ tenantId: 'zeta' })).keys).toEqual([]);
  expect(await kindOf(keys.replaceTenantKey({ keyId, tenantId: 'zeta', secret: newer, actor: '' }))).toBe('not_found');
  expect(await kindOf(keys.removeTenantKey({ keyId, tenantId: 'zeta', reason: '', actor: '' }))).toBe('not_found');
  expect((await keys.listTenantKeys({ tenantId: 'acme' })).keys).toHaveLength(1);
});

describe("a tenant's own address", () => {
  test('is called by its own key alone, where the operator allows private ones', async () => {
    await start();
    await store({ baseUrl: elsewhere.url });
    await attempt('acme');
    await attempt('zeta');
    expect(elsewhere.keys).toEqual([`Bearer ${own}`]);
    expect(provider.keys).toEqual([`Bearer ${shared}`]);
  });

  test('is refused when it is private and that is not allowed, also when it was stored before', async () => {
    await start();
    await store({ baseUrl: elsewhere.url });
    await start({ allowPrivate: false });
    expect(await kindOf(store({ tenantId: 'zeta', baseUrl: elsewhere.url }))).toBe('invalid');
    expect(await kindOf(store({ tenantId: 'zeta', baseUrl: elsewhere.url.replace('http:', 'https:') }))).toBe(
      'invalid',
    );
    const { fault, mayHaveBilled } = await attempt('acme');
    expect(fault?.message).toContain('base_url cannot be used');
    expect(mayHaveBilled).toBe(false);
    expect([...elsewhere.keys, ...provider.keys]).toEqual([]);
  });

  test('that leads to a private one by its name is refused where it is dialled', async () => {
    await start({ allowPrivate: false });
    const { port } = new URL(elsewhere.url);
    await store({ baseUrl: `https://localhost:${port}/v1` });
    const { fault, retryOther } = await attempt('acme');
    expect(fault).toMatchObject({ details: { reason: 'address_not_public' } });
    expect(retryOther).toBe(false);
    expect([...elsewhere.keys, ...provider.keys]).toEqual([]);
  });

  test('is not left for where it redirects to', async () => {
    await start();
    const redirecting = await startKeyServer({ redirectTo: elsewhere.url });
    try {
      await store({ baseUrl: redirecting.url });
      expect((await attempt('acme')).fault).toBeDefined();
      expect(redirecting.keys).toHaveLength(1);
      expect(elsewhere.keys).toEqual([]);
    } finally {
      await redirecting.close();
    }
  });
});

test('without what it was encrypted under, a key is not used, and the shared one neither', async () => {
  await start();
  await store();
  await rename(join(folder, 'books/provider-keyring.json'), join(folder, 'keyring.json'));
  await start();
  const { fault, retryOther } = await attempt('acme');
  expect(fault).toMatchObject({ details: { reason: 'tenant_key_not_opened' } });
  expect(retryOther).toBe(true);
  expect(provider.keys).toEqual([]);
  await rename(join(folder, 'keyring.json'), join(folder, 'books/provider-keyring.json'));
  await attempt('acme');
  expect(provider.keys).toEqual([`Bearer ${own}`]);
});

test('a provider without a shared key serves those alone who have one', async () => {
  await start({ use: 'required' });
  expect((await attempt('acme')).fault).toMatchObject({ details: { reason: 'no_tenant_key' } });
  await store();
  expect((await attempt('acme')).fault).toBeUndefined();
  expect(provider.keys).toEqual([`Bearer ${own}`]);
});

test('a provider that refuses them goes on with the shared key', async () => {
  await start({ use: 'refused' });
  expect(await kindOf(store())).toBe('forbidden');
  await attempt('acme');
  expect(provider.keys).toEqual([`Bearer ${shared}`]);
});

test('what encrypts the keys is changed under them', async () => {
  await start();
  const before = (await store()).key!;
  await store({ tenantId: 'zeta', secret: newer });
  const idle = await keys.rewrapTenantKeys({ newKey: false, actor: 'admin' });
  expect(idle).toMatchObject({ wrappedBy: before.wrappedBy, rewrapped: 0, current: 2, failed: 0 });
  const done = await keys.rewrapTenantKeys({ newKey: true, actor: 'admin' });
  expect(done).toMatchObject({ rewrapped: 2, current: 0, failed: 0, fault: undefined });
  expect(done.wrappedBy).not.toBe(before.wrappedBy);
  await start();
  await attempt('acme');
  await attempt('zeta');
  expect(provider.keys).toEqual([own, newer].map((each) => `Bearer ${each}`));
  expect(await eventsOf(before.keyId)).toEqual(['TenantKeyStored', 'TenantKeyRewrapped', 'TenantKeyOpened']);
});
