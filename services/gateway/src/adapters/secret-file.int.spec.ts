import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Call } from '@waybill/contracts';
import { hmacDigests } from './hmac-digests.ts';
import { openSecret } from './secret-file.ts';

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

test('digests and pseudonyms tell nothing across tenants', async () => {
  const digests = hmacDigests(await openSecret(file));
  const call = Call.fromPartial({ model: 'm' });
  expect(digests.ofCall('acme', call)).toEqual(digests.ofCall('acme', Call.fromPartial({ model: 'm' })));
  expect(digests.ofCall('acme', call)).not.toEqual(digests.ofCall('globex', call));
  expect(digests.ofUser('acme', 'ann')).not.toBe(digests.ofUser('globex', 'ann'));
  expect(digests.ofUser('acme', '')).toBe('');
  expect(digests.ofIdempotencyKey('acme', 'k')).toMatch(/^[0-9a-f]{64}$/);
});
