import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { openSealedFiles } from '../adapters/sealed-files.ts';
import { keepUploads } from './uploads.ts';

let directory = '';
let nowMs = 1_000_000;
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  directory = '';
});

async function open(maxBytes = 10_000) {
  if (directory === '') directory = await mkdtemp(join(tmpdir(), 'waybill-uploads-'));
  const options = { directory, key: Buffer.alloc(32, 1), retentionMs: 60_000, maxBytes, nowMs: () => nowMs };
  const store = await openSealedFiles(options);
  return keepUploads({ store, newId: () => `file_${randomUUID()}`, nowMicros: () => BigInt(nowMs) * 1_000n });
}

const file = { filename: 'calls.jsonl', purpose: 'batch', content: Buffer.from('{"secret":"word"}\n{}') };
const gone = { fault: { kind: 'not_found' } };

test('are found by their tenant as they were, also after a restart, and by nobody else', async () => {
  const uploads = await open();
  const { fileId } = await uploads.add('acme', file);
  const again = await open();
  expect(await again.find('acme', fileId)).toEqual({ ...file, fileId, createdAtMicros: BigInt(nowMs) * 1_000n });
  await expect(again.find('other', fileId)).rejects.toMatchObject(gone);
  await expect(again.remove('other', fileId)).rejects.toMatchObject(gone);
});

test('leave nothing readable on the disk, and nothing at all once removed or too old', async () => {
  const uploads = await open();
  const { fileId } = await uploads.add('acme', file);
  const [name] = await readdir(directory);
  expect((await readFile(join(directory, name!))).includes('secret')).toBe(false);
  await uploads.remove('acme', fileId);
  expect(await readdir(directory)).toEqual([]);
  await expect(uploads.find('acme', fileId)).rejects.toMatchObject(gone);
  const old = await uploads.add('acme', file);
  nowMs += 60_001;
  await expect(uploads.find('acme', old.fileId)).rejects.toMatchObject(gone);
});

test('that are too large to be kept are refused', async () => {
  const uploads = await open(100);
  await expect(uploads.add('acme', { ...file, content: Buffer.alloc(200) })).rejects.toMatchObject({
    fault: { kind: 'too_large' },
  });
});
