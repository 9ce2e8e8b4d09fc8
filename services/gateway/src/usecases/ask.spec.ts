import { expect, test } from '@jest/globals';
import { FaultError, type FaultKind, fault } from '@waybill/kernel';
import { ask } from './ask.ts';

const options = {
  clock: { monotonicMs: () => performance.now() },
  timeoutMs: 60_000,
  signal: new AbortController().signal,
};

/** A neighbour that fails with each of these, and answers then. */
function failing(...kinds: FaultKind[]) {
  const times: (number | undefined)[] = [];
  const question = async ({ timeoutMs }: { timeoutMs?: number }) => {
    times.push(timeoutMs);
    const kind = kinds[times.length - 1];
    if (kind !== undefined) throw new FaultError(fault(kind, `the ${times.length}. failure`));
    return 'answer';
  };
  return { question, times };
}

test('what is away is asked again, in what is left of the time', async () => {
  const { question, times } = failing('unavailable', 'unavailable');
  expect(await ask(question, options)).toBe('answer');
  expect(times).toHaveLength(3);
  expect(times[0]).toBe(60_000);
  expect(times[2]).toBeLessThan(60_000 - 50);
});

test.each(['timeout', 'not_found', 'internal', 'cancelled'] as const)('%s is an answer', async (kind) => {
  const { question, times } = failing(kind);
  await expect(ask(question, options)).rejects.toMatchObject({ fault: { kind } });
  expect(times).toHaveLength(1);
});

test('when the time is over the last failure counts', async () => {
  const { question, times } = failing(...new Array<FaultKind>(50).fill('unavailable'));
  await expect(ask(question, { ...options, timeoutMs: 200 })).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
  expect(times.length).toBeGreaterThan(1);
  expect(times.length).toBeLessThan(8);
});

test('nothing is asked again for a caller that has left', async () => {
  const left = new AbortController();
  const { question, times } = failing('unavailable', 'unavailable');
  const answer = ask(question, { ...options, signal: left.signal });
  left.abort();
  await expect(answer).rejects.toMatchObject({ fault: { message: 'the 1. failure' } });
  expect(times).toHaveLength(1);
});
