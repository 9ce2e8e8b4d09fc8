// Compressed answers over real sockets.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { inPlain } from './decompress.ts';
import { type AnswerBroken, readFrames, readWhole } from './read.ts';
import { connect, type IncomingAnswer } from './send.ts';
import { startWatch } from './watch.ts';

const timeouts = { connectMs: 2_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 20_000 };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function answerOf(body: Buffer, encoding: string, type = 'application/json'): Promise<IncomingAnswer> {
  const headers = { 'content-encoding': encoding, 'content-type': type };
  const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connection = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeouts);
  closing.push(() => connection.close());
  closing.push(() => server.closeAllConnections());
  closing.push(() => server.close());
  const signal = new AbortController().signal;
  const sent = await connection.send({ path: '/', headers: {}, body: '{}', signal, mayGo: () => true });
  if (!sent.ok) throw new Error('not answered');
  return sent.answer;
}

function watch() {
  const started = startWatch(timeouts, new AbortController().signal);
  closing.push(started.stop);
  return started;
}

const text = '{"answer": "the tide follows the moon"}';
const broke = (thrown: unknown) => (thrown as AnswerBroken).fault;

describe('a compressed answer', () => {
  test.each<[string, (plain: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (plain) => plain],
  ])('in %s is read as it is meant', async (encoding, compress) => {
    const answer = await answerOf(compress(Buffer.from(text)), encoding);
    expect(Buffer.from(await readWhole(answer, watch(), 1_000)).toString()).toBe(text);
  });

  test('is a stream of frames too', async () => {
    const frames: string[] = [];
    const answer = await answerOf(gzipSync('data: one\n\ndata: two\n\n'), 'gzip', 'text/event-stream');
    for await (const batch of readFrames(answer, watch(), 'sse')) frames.push(...batch.map(({ data }) => data));
    expect(frames).toEqual(['one', 'two']);
  });

  test.each([
    ['gzip', gzipSync(text).subarray(0, 20)],
    ['gzip', Buffer.from(text)],
    ['br', Buffer.from(text)],
    ['compress', Buffer.from(text)],
  ])('in %s that cannot be read is a fault', async (encoding, body) => {
    const answer = await answerOf(body, encoding);
    await expect(
      readWhole(answer, watch(), 1_000).catch((thrown) => Promise.reject(broke(thrown))),
    ).rejects.toMatchObject({ kind: 'unavailable', details: { conduct: 'connection' } });
  });

  test('that grows beyond all bounds is given up when it does, not when it has', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    const answer = await answerOf(bomb, 'gzip');
    const before = process.memoryUsage().rss;
    await expect(readWhole(answer, watch(), 1024 * 1024)).rejects.toMatchObject({ fault: { kind: 'upstream' } });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('is bounded as a whole where its frames are not', async () => {
    const answer = await answerOf(gzipSync('data: x\n\n'.repeat(10_000)), 'identity');
    const plain = inPlain(answer.body, 'gzip', 50_000);
    const readAll = async () => {
      while (await plain.next());
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'too_large' });
    plain.destroy();
  });
});
