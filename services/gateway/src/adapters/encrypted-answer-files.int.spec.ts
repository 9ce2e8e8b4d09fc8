import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { answer, answersContract, nameOf, type StoreUnderTest } from '../testing/answers-contract.ts';
import { openAnswerFiles } from './encrypted-answer-files.ts';

let directory: string;
let nowMs = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-answers-'));
  nowMs = Date.now();
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const open: StoreUnderTest['open'] = (more = {}) =>
  openAnswerFiles({
    directory,
    key: Buffer.alloc(32, 1),
    retentionMs: 60_000,
    maxBytes: 1_000_000,
    nowMs: () => nowMs,
    ...more,
  });

answersContract('answers in files', async () => ({
  open,
  async age(byMs) {
    nowMs += byMs;
  },
  async spoil(name, how, to = '') {
    const file = join(directory, name);
    const bytes = await readFile(file);
    if (how === 'renamed') await rename(file, join(directory, to));
    if (how === 'cut') await writeFile(file, bytes.subarray(0, bytes.length - 1));
    if (how === 'changed') await writeFile(file, bytes.with(40, bytes[40]! ^ 1));
  },
}));

test('what is too old is gone from the folder', async () => {
  const store = await open();
  await store.save(nameOf(1), answer('hello'));
  nowMs += 60_002;
  await open();
  expect(await readdir(directory)).toEqual([]);
});

test.each([0, 11, 20])('a file of which %d bytes are left is no answer', async (length) => {
  const store = await open();
  await store.save(nameOf(1), answer('hello'));
  const file = join(directory, nameOf(1));
  await writeFile(file, (await readFile(file)).subarray(0, length));
  expect(await store.load(nameOf(1))).toBeUndefined();
});
