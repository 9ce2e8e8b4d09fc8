// The same key and body: the same answer, from one call of the provider.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fault } from '@waybill/kernel';
import { answering, failing, incoming, openJourneyBench, readAll, refusalOf, until } from '../testing/journey-bench.ts';

const once = { idempotencyKey: 'key-1' };

test('a repeat gets the first answer, and the provider is not called again', async () => {
  const bench = await openJourneyBench();
  const first = await bench.conductCall(incoming(once));
  const answer = await readAll(first);
  bench.provider = () => answering('something else');
  const second = await bench.conductCall(incoming(once));
  expect(await readAll(second)).toEqual(answer);
  const { callId, createdAtMicros } = first;
  expect(second).toMatchObject({ callId, createdAtMicros, repeated: true, reportedModel: 'fast-2026' });
  const times = { overheadMicros: expect.any(Number), elapsedMs: expect.any(Number) };
  expect(second.summary()).toEqual({ ...first.summary(), ...times });
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

describe('two gateways that share their answers', () => {
  async function together() {
    const one = await openJourneyBench();
    return [one, await openJourneyBench({ beside: one })] as const;
  }

  test('call the provider once for the same key, and give the same answer', async () => {
    const [one, other] = await together();
    const { opened, open } = gate();
    one.provider = async function* () {
      await opened;
      yield* answering('the one answer');
    };
    const first = one.conductCall(incoming(once)).then(readAll);
    await until(() => one.attempts.length === 1);
    const second = other.conductCall(incoming(once));
    const another = other.conductCall(incoming({ ...once, idempotencyKey: 'key-2' })).then(readAll);
    expect((await another).text).toBe('hello world');
    open();
    expect(await readAll(await second)).toEqual(await first);
    expect(await second).toMatchObject({ repeated: true });
    expect([one.attempts.length, other.attempts.length]).toEqual([1, 1]);
  });

  test('refuse another body under the same key while the first is under way at the other', async () => {
    const [one, other] = await together();
    const { opened, open } = gate();
    one.provider = async function* () {
      await opened;
      yield* answering('the one answer');
    };
    const first = one.conductCall(incoming(once)).then(readAll);
    await until(() => one.attempts.length === 1);
    const because = await refusalOf(other.conductCall(incoming({ ...once, prompt: 'other' })));
    expect(because).toMatchObject({ kind: 'conflict', details: { field: 'idempotency-key' } });
    open();
    await first;
  });

  test('take over when the first has failed, or could not begin', async () => {
    const [one, other] = await together();
    one.provider = () => failing(fault('invalid', 'no'), {});
    await refusalOf(one.conductCall(incoming(once)));
    expect((await readAll(await other.conductCall(incoming(once)))).text).toBe('hello world');
    one.hasName = () => false;
    await refusalOf(one.conductCall(incoming({ ...once, idempotencyKey: 'key-2' })));
    expect((await readAll(await other.conductCall(incoming({ ...once, idempotencyKey: 'key-2' })))).text).toBe(
      'hello world',
    );
  });

  test('let a caller go that leaves while it waits for the other', async () => {
    const [one, other] = await together();
    const { opened, open } = gate();
    one.provider = async function* () {
      await opened;
      yield* answering('the one answer');
    };
    const first = one.conductCall(incoming(once)).then(readAll);
    await until(() => one.attempts.length === 1);
    const left = new AbortController();
    const second = other.conductCall(incoming({ ...once, signal: left.signal }));
    left.abort();
    expect((await refusalOf(second)).kind).toBe('cancelled');
    open();
    await first;
  });
});

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
