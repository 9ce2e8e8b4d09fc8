// When the log is slow or broken: nobody waits for ever, nothing is taken in, and nothing that was begun is lost.
import { expect, test } from '@jest/globals';
import { AttemptOutcome, CallOutcome } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { incoming, openJourneyBench, ranking, readAll, refusalOf, until } from '../testing/journey-bench.ts';

const settings = { durableWithinMs: 40 };
const full = new FaultError(fault('unavailable', 'the disk is full'));

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

test('an end that is not durable in time: the caller gets its answer, new calls do not come in, the books follow', async () => {
  const bench = await openJourneyBench({ settings });
  const disk = gate();
  const call = await bench.conductCall(incoming());
  bench.append = async (drafts, write) => {
    if (drafts[0]?.type.endsWith('AttemptEnded')) await disk.opened;
    return write();
  };
  expect(await readAll(call)).toMatchObject({ text: 'hello world', kinds: expect.arrayContaining(['finish']) });
  expect(bench.commits).toHaveLength(1);
  expect(bench.settled).toEqual([]);
  expect((await refusalOf(bench.conductCall(incoming()))).details.reason).toBe('books_closed');
  disk.open();
  await bench.quiet();
  expect(bench.commits).toHaveLength(2);
  expect(bench.settled).toHaveLength(1);
  bench.append = (_, write) => write();
  await until(() => bench.world.books.isOpen());
  await readAll(await bench.conductCall(incoming()));
});

test('the last bytes wait for the second commit', async () => {
  const bench = await openJourneyBench({ settings: { durableWithinMs: 2_000 } });
  const disk = gate();
  bench.append = async (drafts, write) => {
    if (drafts[0]?.type.endsWith('AttemptEnded')) await disk.opened;
    return write();
  };
  const parts = (await bench.conductCall(incoming())).parts[Symbol.asyncIterator]();
  const kinds: (string | undefined)[] = [];
  for (let index = 0; index < 3; index += 1) kinds.push((await parts.next()).value?.part?.$case);
  expect(kinds).toEqual(['started', 'text', 'text']);
  const next = parts.next();
  const early = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))]);
  expect(early).toBe('waits');
  disk.open();
  expect((await next).value?.part?.$case).toBe('usage');
  await parts.next();
});

test('a failed append is tried again until it is written', async () => {
  const bench = await openJourneyBench();
  let failures = 3;
  bench.append = async (_, write) => {
    if (failures-- > 0) throw full;
    return write();
  };
  await readAll(await bench.conductCall(incoming()));
  await bench.quiet();
  expect(bench.commits.map(({ length }) => length)).toEqual([2, 2]);
});

test('a start that is not durable in time never goes out, and ends on the books once it is', async () => {
  const bench = await openJourneyBench({ settings });
  const disk = gate();
  bench.append = async (_, write) => {
    await disk.opened;
    return write();
  };
  const because = await refusalOf(bench.conductCall(incoming()));
  expect(because).toMatchObject({ kind: 'unavailable', details: { reason: 'books_closed' } });
  disk.open();
  await bench.quiet();
  expect(bench.attempts).toEqual([]);
  const [, , ended, over] = (await bench.events()).map(({ payload }) => payload);
  expect(ended).toMatchObject({ outcome: AttemptOutcome.FAILED, usage: undefined });
  expect(over).toMatchObject({ outcome: CallOutcome.FAILED });
  expect(bench.settled[0]).toMatchObject({ amountPicoUsd: 0n });
});

test('a log that is another gateway by now ends this one for good', async () => {
  const bench = await openJourneyBench();
  const superseded = fault('conflict', 'another gateway', { details: { reason: 'epoch_superseded' } });
  bench.append = async () => {
    throw new FaultError(superseded);
  };
  expect((await refusalOf(bench.conductCall(incoming()))).kind).toBe('unavailable');
  await bench.quiet();
  expect(bench.alarms).toContain('superseded');
  expect(bench.released).toHaveLength(1);
  expect(bench.attempts).toEqual([]);
  bench.append = (_, write) => write();
  expect((await refusalOf(bench.conductCall(incoming()))).details.reason).toBe('books_closed');
});

test('without its name for certain the gateway takes in nothing, and goes on once it has it again', async () => {
  const bench = await openJourneyBench();
  bench.hasName = () => false;
  expect((await refusalOf(bench.conductCall(incoming()))).details.reason).toBe('books_closed');
  expect(bench.commits).toEqual([]);
  bench.hasName = () => true;
  expect((await readAll(await bench.conductCall(incoming()))).text).toBe('hello world');
});

test('a note that is refused because another gateway writes now is the end as well', async () => {
  const bench = await openJourneyBench();
  bench.rank = async () => ranking([]);
  bench.append = async () => {
    throw new FaultError(fault('conflict', 'another gateway', { details: { reason: 'epoch_superseded' } }));
  };
  await refusalOf(bench.conductCall(incoming()));
  await until(() => bench.alarms.includes('superseded'));
  expect(bench.world.books.isOpen()).toBe(false);
});

test('rate-limit is told until it hears', async () => {
  const bench = await openJourneyBench();
  let deaf = 2;
  bench.settle = async () => {
    if (deaf-- > 0) throw new FaultError(fault('unavailable', 'away'));
  };
  await readAll(await bench.conductCall(incoming()));
  await bench.quiet();
  expect(bench.settled).toHaveLength(1);
});

test('a process that cannot wait cuts calls off, and books them', async () => {
  const bench = await openJourneyBench();
  bench.provider = async function* (_, { signal }) {
    yield { update: { $case: 'part', value: { part: { $case: 'text', value: { text: 'half' } } } } };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  const call = await bench.conductCall(incoming());
  bench.halt.abort();
  expect((await readAll(call)).fault).toMatchObject({ kind: 'unavailable', details: { reason: 'shutting_down' } });
  await bench.quiet();
  expect(bench.commits).toHaveLength(2);
  expect(bench.settled).toHaveLength(1);
});
