import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { endWithin, openTextStream, type TextStream } from './send-stream.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Opened {
  readonly stream: TextStream;
  readonly response: ServerResponse;
  /** Of which nothing has been read so far. */
  readonly answer: () => Promise<IncomingMessage>;
}

async function open(stallMs: number): Promise<Opened> {
  server = createServer();
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const { port } = server.address() as AddressInfo;
  const asking = request({ port, agent: false, headers: { connection: 'keep-alive' } }).end();
  asking.on('error', () => undefined);
  const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
  const [, response] = await asked;
  return { response, stream: openTextStream(response, () => ({}), stallMs), answer: async () => (await answered)[0] };
}

async function lengthOf(answer: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const piece of answer) length += piece.length;
  return length;
}

const large = 'x'.repeat(1_000_000);

/** Writes until the client is behind: what was written, and the wait for it. */
async function fill(stream: TextStream): Promise<{ pieces: number; room: Promise<void> }> {
  for (let pieces = 1; pieces <= 100; pieces += 1) {
    const room = stream.write(large);
    if (room && (await Promise.race([room, sleep(200, 'behind')])) === 'behind') return { pieces, room };
    await sleep(1);
  }
  throw new Error('a client that reads nothing is never behind');
}

test('what was full and is empty again is not waited for', async () => {
  const { stream, answer } = await open(1_000);
  await stream.write(large);
  const length = lengthOf(await answer());
  await sleep(100);
  await stream.write('small');
  stream.end('');
  expect(await length).toBe(large.length + 'small'.length);
});

test('a client that is behind is waited for, and gets everything', async () => {
  const { stream, answer } = await open(60_000);
  const { pieces, room } = await fill(stream);
  const length = lengthOf(await answer());
  await room;
  stream.end('');
  expect(await length).toBe(pieces * large.length);
});

test('a client that reads nothing is cut off', async () => {
  const { stream, response } = await open(500);
  const { room } = await fill(stream);
  expect(response.destroyed).toBe(false);
  await room;
  expect(response.destroyed).toBe(true);
});

test('a client that does not read the rest is cut off, and one that has read it is not', async () => {
  const unread = await open(60_000);
  endWithin(unread.response, 'x'.repeat(30_000_000), 300);
  await once(unread.response, 'close');
  expect(unread.response.writableFinished).toBe(false);
  server?.close();
  const read = await open(60_000);
  const { socket } = read.response;
  endWithin(read.response, 'small', 100);
  expect(await lengthOf(await read.answer())).toBe('small'.length);
  expect(socket?.timeout).not.toBe(100);
});
