import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Call } from '@waybill/contracts';
import { hmacDigests } from './hmac-digests.ts';
import { fingerprintOf, openSecret, readSecret } from './secret-file.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-secret-'));
  file = join(folder, 'gateway.secret');
});

afterEach(() => rm(folder, { recursive: true }));

test('the secret is made once, for its owner alone, and gives each purpose and tenant its own key', async () => {
  const [one, other] = await Promise.all([openSecret(file), openSecret(file)]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(one('answers')).toEqual(other('answers'));
  expect((await openSecret(file))('answers')).toEqual(one('answers'));
  const keys = [one('answers'), one('request'), one('request', 'acme'), one('request', 'globex')];
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
});

test('a file that holds something else is named, with the way out', async () => {
  await writeFile(file, 'short');
  await expect(openSecret(file)).rejects.toThrow(/gateway\.secret.*restore it, or delete it/s);
});

test('a secret that was put there is read, and none is made in its place', async () => {
  await expect(readSecret(file)).rejects.toMatchObject({ fault: { message: expect.stringContaining(file) } });
  await writeFile(file, '\n');
  await expect(readSecret(file)).rejects.toThrow('is empty');
  await writeFile(file, `${Buffer.alloc(32, 7).toString('base64url')}\n`);
  await chmod(file, 0o440);
  const deriveKey = await readSecret(file);
  expect(deriveKey('answers')).toEqual((await readSecret(file))('answers'));
  expect((await stat(file)).mode & 0o777).toBe(0o440);
});

test('a fingerprint tells secrets apart, and is none of their keys', async () => {
  const [one, other] = [await openSecret(file), await openSecret(`${file}.other`)];
  expect(fingerprintOf(one)).toBe(fingerprintOf(await openSecret(file)));
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  expect(one('fingerprint').toString('hex')).not.toContain(fingerprintOf(one));
});

test('digests and pseudonyms tell nothing across tenants', async () => {
  const digests = hmacDigests(await openSecret(file));
  const call = Call.fromPartial({ model: 'm' });
  expect(digests.ofCall('acme', call)).toEqual(digests.ofCall('acme', Call.fromPartial({ model: 'm' })));
  expect(digests.ofCall('acme', call)).not.toEqual(digests.ofCall('globex', call));
  expect(digests.ofUser('acme', 'ann')).not.toBe(digests.ofUser('globex', 'ann'));
  expect(digests.ofUser('acme', '')).toBe('');
  expect(digests.ofIdempotencyKey('acme', 'k')).toMatch(/^[0-9a-f]{64}$/);
});
