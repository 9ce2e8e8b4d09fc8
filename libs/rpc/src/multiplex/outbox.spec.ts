import { expect, test } from '@jest/globals';
import { createOutbox } from './outbox.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function outboxOver(isReady: () => boolean) {
  const batches: string[][] = [];
  const outbox = createOutbox<string>({
    send(frames) {
      batches.push(frames);
      return isReady();
    },
    sizeBytesOf: (frame) => frame.length,
  });
  return { outbox, batches };
}

test('frames of one turn go as one batch, in order', async () => {
  const { outbox, batches } = outboxOver(() => true);
  outbox.push('a');
  await Promise.resolve();
  outbox.push('b');
  expect(batches).toEqual([]);
  await turn();
  outbox.push('c');
  await turn();
  expect(batches).toEqual([['a', 'b'], ['c']]);
});

test('a batch ends once it is large; a larger frame goes all the same', async () => {
  const { outbox, batches } = outboxOver(() => true);
  const huge = 'x'.repeat(300_000);
  for (const frame of ['a', huge, 'b', 'c']) outbox.push(frame);
  await turn();
  expect(batches).toEqual([
    ['a', huge],
    ['b', 'c'],
  ]);
});

test('nothing is sent to a stream that asks to wait, until it is drained; producers wait with it', async () => {
  let ready = false;
  const { outbox, batches } = outboxOver(() => ready);
  outbox.push('a');
  await turn();
  for (let index = 0; index < 3; index += 1) outbox.push('x'.repeat(100_000));
  expect(outbox.isFull()).toBe(true);
  let hasRoom = false;
  const waiting = outbox.hasRoom().then(() => {
    hasRoom = true;
  });
  await turn();
  expect([batches.length, hasRoom]).toEqual([1, false]);
  ready = true;
  outbox.drained();
  await waiting;
  expect(batches.flat()).toHaveLength(4);
  expect(outbox.isFull()).toBe(false);
});
