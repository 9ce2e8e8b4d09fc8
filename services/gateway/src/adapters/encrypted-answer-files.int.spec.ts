import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CallSummary } from '@waybill/contracts';
import { openAnswerFiles } from './encrypted-answer-files.ts';

const name = (digit: number) => String(digit).repeat(64);
const answer = (text: string) => ({
  requestDigest: Buffer.alloc(32, 7),
  parts: [{ part: { $case: 'text' as const, value: { text } } }],
  summary: CallSummary.fromPartial({ callId: 'call_1', costPicoUsd: 5n }),
});

let directory: string;
let nowMs = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-answers-'));
  nowMs = Date.now();
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const open = (more: { maxBytes?: number; key?: Buffer } = {}) =>
  openAnswerFiles({
    directory,
    key: Buffer.alloc(32, 1),
    retentionMs: 60_000,
    maxBytes: 1_000_000,
    nowMs: () => nowMs,
    ...more,
  });

test('what is kept comes back as it was, also from another store over the same folder', async () => {
  await (await open()).save(name(1), answer('hello'));
  expect(await (await open()).load(name(1))).toEqual(answer('hello'));
  expect(await (await open()).load(name(2))).toBeUndefined();
});

test('what is too old is gone, before and after a restart', async () => {
  const store = await open();
  await store.save(name(1), answer('hello'));
  nowMs += 60_002;
  expect(await store.load(name(1))).toBeUndefined();
  expect(await (await open()).load(name(1))).toBeUndefined();
  expect(await readdir(directory)).toEqual([]);
});

test('the oldest go first when there is no more room, and one that is larger than all room is not kept', async () => {
  const store = await open({ maxBytes: 3_000 });
  for (const digit of [1, 2, 3, 4]) await store.save(name(digit), answer('x'.repeat(900)));
  expect(await store.load(name(1))).toBeUndefined();
  expect(await store.load(name(4))).toBeDefined();
  await store.save(name(5), answer('x'.repeat(5_000)));
  expect(await store.load(name(5))).toBeUndefined();
  expect(await store.load(name(4))).toBeDefined();
});

test('a file that is torn, changed, renamed, or of another key does not open', async () => {
  const store = await open();
  await store.save(name(1), answer('hello'));
  const bytes = await readFile(join(directory, name(1)));
  const changed = Buffer.from(bytes);
  changed[40]! ^= 1;
  for (const bad of [bytes.subarray(0, 20), bytes.subarray(0, bytes.length - 1), changed, Buffer.alloc(0)]) {
    await writeFile(join(directory, name(1)), bad);
    expect(await store.load(name(1))).toBeUndefined();
  }
  await writeFile(join(directory, name(1)), bytes);
  expect(await store.load(name(1))).toBeDefined();
  await rename(join(directory, name(1)), join(directory, name(2)));
  expect(await (await open()).load(name(2))).toBeUndefined();
  await store.save(name(1), answer('hello'));
  expect(await (await open({ key: Buffer.alloc(32, 2) })).load(name(1))).toBeUndefined();
});
