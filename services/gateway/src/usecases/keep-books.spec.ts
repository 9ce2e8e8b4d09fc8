import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { keepBooks } from './keep-books.ts';

const durable = { position: 1n, duplicates: 0 };
const alone = { isOurs: () => true, superseded: () => undefined };

test('a time in which the process was too busy to read the answer of the log is not held against it', async () => {
  const alarms: string[] = [];
  const producer = {
    async append() {
      for (let turn = 0; turn < 3; turn += 1) await setImmediate();
      return durable;
    },
  };
  const books = keepBooks({ ...alone, producer, durableWithinMs: 300, alarm: (alarm) => alarms.push(alarm) });
  const { inTime } = books.enter([]);
  const busyUntil = performance.now() + 400;
  while (performance.now() < busyUntil);
  expect(await inTime).toBe(true);
  expect(alarms).toEqual([]);
});

test('an answer that does not come closes the books until it does', async () => {
  const alarms: string[] = [];
  let answer: (appended: typeof durable) => void = () => undefined;
  const producer = { append: () => new Promise<typeof durable>((resolve) => (answer = resolve)) };
  const books = keepBooks({ ...alone, producer, durableWithinMs: 120, alarm: (alarm) => alarms.push(alarm) });
  const { inTime, durable: written } = books.enter([]);
  expect(await inTime).toBe(false);
  expect(alarms).toEqual(['commit_overdue']);
  expect(books.isOpen()).toBe(false);
  answer(durable);
  await written;
  await setImmediate();
  expect(books.isOpen()).toBe(true);
});
