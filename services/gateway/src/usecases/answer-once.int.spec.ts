// The same key and body: the same answer, from one call of the provider.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { fault } from '@waybill/kernel';
import { answering, failing, incoming, openJourneyBench, readAll, refusalOf } from '../testing/journey-bench.ts';

const once = { idempotencyKey: 'key-1' };

test('a repeat gets the first answer, and the provider is not called again', async () => {
  const bench = await openJourneyBench();
  const first = await bench.conductCall(incoming(once));
  const answer = await readAll(first);
  bench.provider = () => answering('something else');
  const second = await bench.conductCall(incoming(once));
  expect(await readAll(second)).toEqual(answer);
  expect(second).toMatchObject({ callId: first.callId, repeated: true, reportedModel: 'fast-2026' });
  expect(second.summary()).toEqual({ ...first.summary(), overheadMicros: expect.any(Number) });
  expect(bench.attempts).toHaveLength(1);
  expect(bench.commits).toHaveLength(2);
});

test('the same key with another body is a conflict, of another tenant another key', async () => {
  const bench = await openJourneyBench();
  await readAll(await bench.conductCall(incoming(once)));
  expect((await refusalOf(bench.conductCall(incoming({ ...once, prompt: 'other' })))).kind).toBe('conflict');
  const { attribution } = incoming();
  const other = incoming({ ...once, prompt: 'other', attribution: { ...attribution, tenantId: 'globex' } });
  expect((await readAll(await bench.conductCall(other))).text).toBe('hello world');
});

test('repeats that come while the first is under way wait for it', async () => {
  const bench = await openJourneyBench();
  const calls = Array.from({ length: 5 }, () => bench.conductCall(incoming(once)).then(readAll));
  expect(new Set((await Promise.all(calls)).map(({ text }) => text))).toEqual(new Set(['hello world']));
  expect(bench.attempts).toHaveLength(1);
});

test('another body is a conflict while the first is under way, too', async () => {
  const bench = await openJourneyBench();
  const first = bench.conductCall(incoming(once));
  expect((await refusalOf(bench.conductCall(incoming({ ...once, prompt: 'other' })))).kind).toBe('conflict');
  await readAll(await first);
});

test('a call that failed may be tried again', async () => {
  const bench = await openJourneyBench();
  bench.provider = () => failing(fault('invalid', 'no'), {});
  const [first, second] = [bench.conductCall(incoming(once)), bench.conductCall(incoming(once))];
  await refusalOf(first);
  await refusalOf(second);
  expect(bench.attempts).toHaveLength(2);
  bench.provider = () => answering('now');
  expect((await readAll(await bench.conductCall(incoming(once)))).text).toBe('now');
});

test('a caller that left before its answer came gets it when it asks again', async () => {
  const bench = await openJourneyBench();
  const left = new AbortController();
  const call = await bench.conductCall(incoming({ ...once, signal: left.signal }));
  await call.parts[Symbol.asyncIterator]().next();
  left.abort();
  expect((await readAll(await bench.conductCall(incoming(once)))).text).toBe('hello world');
  expect(bench.attempts).toHaveLength(1);
});

test('a caller that leaves while it waits for the first is let go', async () => {
  const bench = await openJourneyBench({ settings: { drainMs: 20 } });
  bench.provider = async function* (_, { signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  const [first, second] = [new AbortController(), new AbortController()];
  const calls = [first, second].map(({ signal }) => bench.conductCall(incoming({ ...once, signal })));
  second.abort();
  expect((await refusalOf(calls[1]!)).kind).toBe('cancelled');
  first.abort();
  expect((await refusalOf(calls[0]!)).kind).toBe('cancelled');
});

test('answers outlive a restart, and nothing of them can be read in the files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-answers-'));
  try {
    const before = await openJourneyBench({ folder });
    before.provider = () => answering('a secret word');
    await readAll(await before.conductCall(incoming(once)));
    await before.close();
    const files = await readdir(join(folder, 'answers'));
    expect(files).toHaveLength(1);
    const path = join(folder, 'answers', files[0]!);
    expect((await readFile(path)).includes('secret')).toBe(false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'gateway.secret'))).mode & 0o777).toBe(0o600);
    const after = await openJourneyBench({ folder });
    expect((await readAll(await after.conductCall(incoming(once)))).text).toBe('a secret word');
    expect(after.attempts).toEqual([]);
    await after.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
