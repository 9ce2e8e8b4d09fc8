import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EventDraft } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { idSource } from '@waybill/service';
import { envelopeBy } from '../adapters/envelope.ts';
import { keyringFile } from '../adapters/key-encryption/keyring-file.ts';
import { openSqliteSealedKeys } from '../adapters/sqlite-sealed-keys.ts';
import type { SealedKeys } from '../ports.ts';
import { type AdministrationWorld, storeTenantKey } from './administer-tenant-keys.ts';
import { rewrapTenantKeys } from './rewrap-tenant-keys.ts';
import { openTenantKeyBook } from './tenant-key-book.ts';
import { rewrapsDue, watchRewrapDue } from './watch-rewrap-due.ts';

const dayMicros = 86_400_000_000n;
const rewrapping = { newKey: false, actor: 'admin', afterDays: 90 };
let folder: string;
let store: SealedKeys;
let world: AdministrationWorld;
let written: EventDraft[];
let nowMicros: bigint;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-rewrap-'));
  store = openSqliteSealedKeys(join(folder, 'keys.sqlite'));
  written = [];
  nowMicros = 1_795_000_000_000_000n;
  const clock = { nowMicros: () => nowMicros, monotonicMs: () => 0 };
  world = {
    store,
    book: await openTenantKeyBook({ store, signal: AbortSignal.abort(), onFailed: () => undefined }),
    envelope: envelopeBy(keyringFile({ file: join(folder, 'keyring.json'), mayMake: true, nowIso: () => '2026' })),
    clock,
    newId: idSource(clock),
    append: async (drafts) => written.push(...drafts),
    refuseProvider: () => undefined,
    readAddress: () => ({ ok: true, value: {} }),
  };
  for (const tenantId of ['a', 'b', 'c', 'd']) {
    const secret = `sk-canary-${tenantId}-0123456789`;
    await storeTenantKey(world, { tenantId, providerId: 'openai', secret, baseUrl: '', actor: 'admin' });
  }
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('one that is cut off goes on where it was', async () => {
  await world.envelope.renew();
  let left = 2;
  const cut: AdministrationWorld = {
    ...world,
    store: {
      ...store,
      async replace(before, key) {
        if (left === 0) throw new FaultError(fault('unavailable', 'the store is away'));
        left -= 1;
        return store.replace(before, key);
      },
    },
  };
  const first = await rewrapTenantKeys(cut, rewrapping);
  expect(first).toMatchObject({ rewrapped: 2, failed: 2, fault: { kind: 'unavailable' } });
  const second = await rewrapTenantKeys(world, rewrapping);
  expect(second).toMatchObject({ wrappedBy: first.wrappedBy, rewrapped: 2, current: 2, failed: 0 });
  const secrets = await Promise.all((await store.all()).map(async (key) => (await world.envelope.open(key)).reveal()));
  expect(secrets).toEqual(['a', 'b', 'c', 'd'].map((tenantId) => `sk-canary-${tenantId}-0123456789`));
});

test('one is due after ninety days, and then done again under the same key', async () => {
  const age = () => ({ nowMicros, afterDays: 90 });
  expect(rewrapsDue(world.book, age())).toBe(0);
  nowMicros += 90n * dayMicros;
  const alarms: unknown[] = [];
  const watching = new AbortController();
  const watch = watchRewrapDue({
    book: world.book,
    signal: watching.signal,
    age,
    alarm: (alarm, details) => alarms.push([alarm, details]),
  });
  expect(alarms).toEqual([['tenant_keys_due', { keys: 4, after_days: 90, fix: 'waybill keys provider rewrap' }]]);
  watching.abort();
  await watch;
  expect(await rewrapTenantKeys(world, rewrapping)).toMatchObject({ rewrapped: 4, failed: 0 });
  expect(rewrapsDue(world.book, age())).toBe(0);
});

test('an act whose event cannot be written does not take effect', async () => {
  await world.envelope.renew();
  const before = await store.revision();
  const append = async () => {
    throw new FaultError(fault('unavailable', 'the log is away'));
  };
  expect(await rewrapTenantKeys({ ...world, append }, rewrapping)).toMatchObject({ rewrapped: 0, failed: 4 });
  const key = { tenantId: 'e', providerId: 'openai', secret: 'sk-canary-e-0123', baseUrl: '', actor: 'admin' };
  await expect(storeTenantKey({ ...world, append }, key)).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
  expect(await store.revision()).toBe(before);
});

test('what others change is heard of', async () => {
  const own = new AbortController();
  const book = await openTenantKeyBook({ store, signal: own.signal, everyMs: 10, onFailed: () => undefined });
  const secret = 'sk-canary-e-0123456789';
  await storeTenantKey(world, { tenantId: 'e', providerId: 'openai', secret, baseUrl: '', actor: 'admin' });
  while (book.of('e', 'openai') === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(book.of('e', 'openai')).toMatchObject({ version: 1 });
  own.abort();
});

test('a book goes on with what it knows while the store is away', async () => {
  const failures: string[] = [];
  const own = new AbortController();
  let isAway = false;
  const flaky = {
    ...store,
    async revision() {
      if (isAway) throw new FaultError(fault('unavailable', 'away'));
      return store.revision();
    },
  };
  const book = await openTenantKeyBook({
    store: flaky,
    signal: own.signal,
    everyMs: 5,
    onFailed: ({ kind }) => failures.push(kind),
  });
  isAway = true;
  while (failures.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(book.of('a', 'openai')).toBeDefined();
  own.abort();
});
