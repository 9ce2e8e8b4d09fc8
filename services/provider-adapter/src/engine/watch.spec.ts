import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startWatch, type Watch } from './watch.ts';

const timeouts = { connectMs: 10, firstByteMs: 20, idleMs: 30, totalMs: 200 };

async function ended(watch: Watch): Promise<string | undefined> {
  if (!watch.signal.aborted) {
    await new Promise((resolve) => watch.signal.addEventListener('abort', resolve, { once: true }));
  }
  watch.stop();
  return watch.reason()?.details.phase ?? watch.reason()?.kind;
}

test('silence before the first byte names that phase', async () => {
  expect(await ended(startWatch(timeouts, new AbortController().signal))).toBe('first_byte');
});

test('silence between two pieces is idle', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  watch.alive();
  expect(await ended(watch)).toBe('idle');
});

test('an answer that keeps coming is bounded as a whole', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  const drip = setInterval(watch.alive, 10);
  expect(await ended(watch)).toBe('total');
  clearInterval(drip);
});

test('the caller may cancel, also before it has begun', async () => {
  const caller = new AbortController();
  const watch = startWatch(timeouts, caller.signal);
  caller.abort();
  expect(await ended(watch)).toBe('cancelled');
  expect(await ended(startWatch(timeouts, caller.signal))).toBe('cancelled');
});

test('a piece that came while the process was busy counts before the silence does', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  watch.alive();
  const late = setTimeout(() => setImmediate(watch.alive), 0);
  const busyUntil = performance.now() + 60;
  while (performance.now() < busyUntil);
  await sleep(5);
  expect(watch.signal.aborted).toBe(false);
  watch.stop();
  clearTimeout(late);
});

test('nothing fires once it is stopped', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  watch.stop();
  await sleep(60);
  expect(watch.signal.aborted).toBe(false);
});
