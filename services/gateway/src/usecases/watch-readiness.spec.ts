import { expect, test } from '@jest/globals';
import { until } from '../testing/journey-bench.ts';
import { keepSightings } from './sightings.ts';
import { watchReadiness } from './watch-readiness.ts';

test('closed books are told once they have been closed for a while, and what it rests on at once', async () => {
  let isOpen = true;
  let nowMs = 0;
  const told: boolean[] = [];
  const life = new AbortController();
  const sightings = keepSightings();
  const watch = watchReadiness({
    books: { isOpen: () => isOpen },
    name: { isHeld: () => true },
    sightings,
    clock: { monotonicMs: () => (nowMs += 500) },
    signal: life.signal,
    onChange: (isReady) => told.push(isReady),
  });
  const neighbours = { selector: 'unknown', 'rate-limit': 'unknown', 'provider-adapter': 'unknown' };
  expect(watch.details()).toEqual({ books: 'open', name: 'held', neighbours });
  isOpen = false;
  sightings.note('rate-limit', false);
  sightings.note('selector', true);
  expect(watch.isReady()).toBe(true);
  expect(watch.details()).toMatchObject({ books: 'closed', neighbours: { selector: 'answers', 'rate-limit': 'away' } });
  await until(() => told.length === 1);
  expect(watch.isReady()).toBe(false);
  isOpen = true;
  await until(() => told.length === 2);
  expect(watch.isReady()).toBe(true);
  expect(told).toEqual([false, true]);
  life.abort();
});
