import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keyEncryptionContract, refusalOf } from '../../testing/key-encryption-contract.ts';
import { keyringFile } from './keyring-file.ts';

let folder: string;
let file: string;
const nowIso = () => '2026-11-28T00:00:00.000Z';
const context = { tenant: 'acme', provider: 'openai', purpose: 'provider-key' } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-keyring-'));
  file = join(folder, 'keyring.json');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

keyEncryptionContract('key-encryption keys in a file', {
  open: async () => keyringFile({ file, mayMake: true, nowIso }),
  makeNewer: (encryption) => encryption.renew(),
});

test('the file is for its owner alone, and nothing else is left beside it', async () => {
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).filter((name) => name !== 'keyring.json')).toEqual([]);
});

test('a file that others may read is not used, and the keys are not told', async () => {
  await chmod(file, 0o640);
  const { kind, told } = await refusalOf(keyringFile({ file, mayMake: true, nowIso }).wrap(Buffer.alloc(32), context));
  expect(kind).toBe('unavailable');
  expect(told).toContain('chmod 600');
  await chmod(file, 0o600);
});

test('what holds no keyring is named without what it holds', async () => {
  const other = join(folder, 'other.json');
  await writeFile(other, '{"keys":[{"id":"1","made_at":"","key":"too-short-a-secret"}]}', { mode: 0o600 });
  const { kind, told } = await refusalOf(keyringFile({ file: other, mayMake: true, nowIso }).renew());
  expect(kind).toBe('unavailable');
  expect(told).toContain(other);
  expect(told).not.toContain('too-short-a-secret');
  await rm(other);
});

test('none is made where it has to be there', async () => {
  const missing = join(folder, 'missing.json');
  const keyring = keyringFile({ file: missing, mayMake: false, nowIso });
  expect((await refusalOf(keyring.wrap(Buffer.alloc(32), context))).told).toContain('ENOENT');
  expect(await readdir(folder)).toEqual(['keyring.json']);
});

test('a key that is gone from the file is named', async () => {
  const wrapped = await keyringFile({ file, mayMake: false, nowIso }).wrap(Buffer.alloc(32), context);
  const { told } = await refusalOf(
    keyringFile({ file, mayMake: false, nowIso }).unwrap({ ...wrapped, by: 'keyring:9-gone' }, context),
  );
  expect(told).toContain('keyring:9-gone');
});

test('two that add a key at the same time add two, or one of them is told', async () => {
  const before = JSON.parse(await readFile(file, 'utf8')).keys.length;
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => keyringFile({ file, mayMake: false, nowIso }).renew()));
  const added = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(added).toBeGreaterThan(0);
  expect(JSON.parse(await readFile(file, 'utf8')).keys).toHaveLength(before + added);
});
