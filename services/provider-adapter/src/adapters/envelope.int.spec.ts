import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '@waybill/kernel';
import type { Envelope, KeyBinding, KeyEncryption, SealedKey } from '../ports.ts';
import { envelopeBy } from './envelope.ts';
import { keyringFile } from './key-encryption/keyring-file.ts';

const canary = 'sk-canary-envelope-0123456789';
const binding: KeyBinding = { keyId: 'pk_1', tenantId: 'acme', providerId: 'openai', baseUrl: '', version: 1 };
let folder: string;
let keyring: KeyEncryption;
let envelope: Envelope;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-envelope-'));
  keyring = keyringFile({ file: join(folder, 'keyring.json'), mayMake: true, nowIso: () => '2026-11-28' });
  envelope = envelopeBy(keyring);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function sealed(): Promise<SealedKey> {
  const contents = await envelope.seal(new Secret(canary), binding);
  return { ...binding, ...contents, storedAtMicros: 0n, wrappedAtMicros: 0n };
}

test('a sealed key opens, and shows nothing of itself until then', async () => {
  const key = await sealed();
  for (const bytes of [key.sealed, key.wrapped.bytes]) expect(Buffer.from(bytes).includes(canary)).toBe(false);
  expect((await envelope.open(key)).reveal()).toBe(canary);
});

test('the same key is sealed differently each time, by a data key of its own', async () => {
  const [one, other] = await Promise.all([sealed(), sealed()]);
  expect(Buffer.from(one.sealed)).not.toEqual(Buffer.from(other.sealed));
  const mixed = envelope.open({ ...one, wrapped: other.wrapped });
  await expect(mixed).rejects.toMatchObject({ fault: { kind: 'forbidden' } });
});

test.each<[string, Partial<SealedKey>]>([
  ['tenant', { tenantId: 'zeta' }],
  ['provider', { providerId: 'anthropic' }],
  ['address', { baseUrl: 'https://elsewhere.example' }],
  ['id', { keyId: 'pk_2' }],
  ['version', { version: 2 }],
])('with another %s it does not open', async (_what, changed) => {
  const opening = envelope.open({ ...(await sealed()), ...changed });
  await expect(opening).rejects.toMatchObject({ fault: { kind: 'forbidden' } });
});

test('with a byte changed, or cut, it does not open', async () => {
  const key = await sealed();
  for (let place = 0; place < key.sealed.length; place += 1) {
    const changed = Buffer.from(key.sealed);
    changed[place]! ^= 1;
    await expect(envelope.open({ ...key, sealed: changed })).rejects.toMatchObject({ fault: { kind: 'forbidden' } });
  }
  await expect(envelope.open({ ...key, sealed: key.sealed.subarray(0, 20) })).rejects.toThrow('not as it was stored');
});

test('under a newer key-encryption key it opens as before', async () => {
  const key = await sealed();
  await envelope.renew();
  const wrapped = await envelope.rewrap(key);
  expect(wrapped.by).toBe(await envelope.newestKey());
  expect(wrapped.by).not.toBe(key.wrapped.by);
  expect((await envelope.open({ ...key, wrapped })).reveal()).toBe(canary);
});

test('a keeper whose work does not decrypt again seals nothing', async () => {
  const forgetful = envelopeBy({ ...keyring, unwrap: async () => Buffer.alloc(32) });
  await expect(forgetful.seal(new Secret(canary), binding)).rejects.toMatchObject({ fault: { kind: 'internal' } });
});
