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

test('what comes whole is waited for as long as a stream may take to begin', async () => {
  const watch = startWatch({ ...timeouts, firstTokenMs: 400 }, new AbortController().signal, { pace: 'whole' });
  expect(await ended(watch)).toBe('total');
});

test('silence between two pieces is idle', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  watch.received(1);
  expect(await ended(watch)).toBe('idle');
});

test('bytes that come one by one and make no frame are as good as silence', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  const drip = setInterval(() => watch.received(1), 10);
  expect(await ended(watch)).toBe('idle');
  clearInterval(drip);
});

test('silence is not blamed on a provider while a slow caller has not read what came', async () => {
  const watch = startWatch({ ...timeouts, totalMs: 2_000 }, new AbortController().signal);
  watch.received(1);
  watch.handedOn();
  await sleep(3 * timeouts.idleMs);
  expect(watch.signal.aborted).toBe(false);
  watch.asked();
  expect(await ended(watch)).toBe('idle');
});

test('frames are progress, however small', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  watch.received(1);
  const frames = setInterval(watch.progressed, 5);
  expect(await ended(watch)).toBe('total');
  clearInterval(frames);
});

test('a stream has to begin its answer, whatever it sends before', async () => {
  const bound = { ...timeouts, firstTokenMs: 60 };
  const slow = startWatch(bound, new AbortController().signal, { pace: 'stream' });
  const pings = setInterval(() => {
    slow.received(10);
    slow.progressed();
  }, 5);
  expect(await ended(slow)).toBe('first_token');
  clearInterval(pings);
  const begun = startWatch(bound, new AbortController().signal, { pace: 'stream' });
  begun.begun();
  const more = setInterval(() => {
    begun.received(10);
    begun.progressed();
  }, 5);
  expect(await ended(begun)).toBe('total');
  clearInterval(more);
});

test('an answer that keeps coming is bounded as a whole', async () => {
  const watch = startWatch(timeouts, new AbortController().signal);
  const drip = setInterval(() => watch.received(2_000), 10);
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
  watch.received(1);
  const late = setTimeout(() => setImmediate(() => watch.received(1)), 0);
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

test('who was waited for is named', async () => {
  const watch = startWatch(timeouts, new AbortController().signal, { peer: 'the provider acme at acme.example' });
  await ended(watch);
  expect(watch.reason()?.message).toContain('the provider acme at acme.example sent no first byte');
});
