// Each way an answer can go wrong, as a client sees it and as the bill has it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../index.ts';
import { type Ask, exchange } from './raw-exchange.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

const messages = [{ role: 'user', content: 'Tell me about the olive trees of Crete' }];
const DONE = 'data: [DONE]\n\n';

function chat(directives: string, given: Partial<Ask> & { stream?: boolean } = {}) {
  const { stream = true, ...ask } = given;
  const model = directives === '' ? 'gpt-4o-mini' : `gpt-4o-mini#${directives}`;
  const body = { model, messages, stream, stream_options: stream ? { include_usage: true } : undefined };
  return exchange(simulator.url, { path: '/openai/v1/chat/completions', body, ...ask });
}

/** The line of the only call; it is there a moment after the client has seen the end. */
async function onlyLine() {
  for (let tries = 0; tries < 200 && simulator.bill().lines.length === 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(simulator.bill().lines).toHaveLength(1);
  return simulator.bill().lines[0]!;
}

const frames = (body: string) => body.split('\n\n').filter((frame) => frame !== '');

test('a piece is repeated as often as asked, and billed as often', async () => {
  const { body, ending } = await chat('repeat=500:10');
  expect(ending).toBe('end');
  expect(body.split('"content":"xxxxxxxxxx"')).toHaveLength(501);
  expect(await onlyLine()).toMatchObject({ outcome: 'complete', tokensGenerated: 500, tokensDelivered: 500 });
  expect(body).toContain('"completion_tokens":500');
});

describe('breaks before the status line', () => {
  test.each([
    ['reset', 'ECONNRESET'],
    ['close', 'ECONNRESET'],
  ])('%s: the prompt is billed, nothing more', async (fault, code) => {
    expect(await chat(`fault=${fault}`)).toMatchObject({ status: 0, ending: code });
    const line = await onlyLine();
    expect(line).toMatchObject({ outcome: 'cut', tokensGenerated: 0, tokensDelivered: 0, faults: [fault] });
    expect(line.usage).toMatchObject({ completion_tokens: 0 });
    expect(line.amountPicoUsd).toBeGreaterThan(0n);
  });

  test('stall: until the client leaves', async () => {
    expect(await chat('fault=stall', { leaveAfterMs: 50 })).toMatchObject({ status: 0, ending: 'left' });
    expect(await onlyLine()).toMatchObject({ outcome: 'cut', tokensGenerated: 0 });
    expect(simulator.openCalls()).toBe(0);
  });
});

describe('breaks inside a stream', () => {
  test('reset after three frames: what was generated is billed', async () => {
    const seen = await chat('fault=reset-after:3');
    expect(seen.ending).toBe('ECONNRESET');
    expect(frames(seen.body)).toHaveLength(3);
    const line = await onlyLine();
    expect(line).toMatchObject({ outcome: 'cut', tokensGenerated: 2, tokensDelivered: 2, usageTold: 'not-sent' });
    expect(line.usage).toMatchObject({ completion_tokens: 2 });
  });

  test('close after three frames: the HTTP answer is not finished', async () => {
    const seen = await chat('fault=close-after:3');
    expect(seen.ending).not.toBe('end');
    expect(frames(seen.body)).toHaveLength(3);
  });

  test('end after three frames: a clean end without a terminator', async () => {
    const seen = await chat('fault=end-after:3');
    expect(seen.ending).toBe('end');
    expect(seen.body).not.toContain('[DONE]');
    expect(await onlyLine()).toMatchObject({ outcome: 'cut', tokensGenerated: 2 });
  });

  test('only the terminator is missing', async () => {
    const seen = await chat('fault=no-terminator');
    expect(seen).toMatchObject({ ending: 'end' });
    expect(seen.body).toContain('"usage":{"prompt_tokens"');
    expect(seen.body).not.toContain('[DONE]');
    expect(await onlyLine()).toMatchObject({ outcome: 'cut', usageTold: 'sent' });
  });

  test('cut in the middle of a frame', async () => {
    const seen = await chat('fault=cut-frame:2');
    expect(seen.ending).toBe('end');
    expect(() => JSON.parse(frames(seen.body)[2]!.slice('data: '.length))).toThrow();
    expect(await onlyLine()).toMatchObject({ tokensGenerated: 2, tokensDelivered: 1 });
  });

  test('stall after two frames', async () => {
    const seen = await chat('fault=stall-after:2', { leaveAfterMs: 80 });
    expect(seen.ending).toBe('left');
    expect(frames(seen.body)).toHaveLength(2);
    expect(await onlyLine()).toMatchObject({ outcome: 'cut', tokensGenerated: 1 });
  });

  test('an error frame, and no more', async () => {
    const seen = await chat('fault=error-frame:2');
    expect(frames(seen.body).at(-1)).toMatch(/^data: {"error":{"message":"Overloaded"/);
    expect(await onlyLine()).toMatchObject({ outcome: 'cut', tokensGenerated: 1 });
  });
});

describe('an answer in one piece', () => {
  test.each(['reset-after', 'close-after'])('%s: half a body', async (fault) => {
    const seen = await chat(`fault=${fault}`, { stream: false });
    expect(seen.status).toBe(200);
    expect(seen.body.length).toBeLessThan(Number(seen.headers['content-length']));
    expect(seen.ending).not.toBe('end');
    const line = await onlyLine();
    expect(line).toMatchObject({ outcome: 'cut', tokensDelivered: 0, usageTold: 'not-sent' });
    expect(line.tokensGenerated).toBeGreaterThan(10);
  });

  test('a body that is broken JSON', async () => {
    const seen = await chat('fault=malformed-frame', { stream: false });
    expect(seen.ending).toBe('end');
    expect(() => JSON.parse(seen.body)).toThrow();
  });
});

describe('status 200, but no answer', () => {
  test.each([
    ['error-200', 'application/json', '"error":"Unexpected endpoint'],
    ['html-200', 'text/html', '<!doctype html>'],
    ['empty-200', 'application/json', ''],
  ])('%s costs nothing', async (fault, type, text) => {
    const seen = await chat(`fault=${fault}`);
    expect(seen).toMatchObject({ status: 200, ending: 'end' });
    expect(seen.headers['content-type']).toContain(type);
    expect(seen.body).toContain(text);
    expect(await onlyLine()).toMatchObject({ outcome: 'refused', amountPicoUsd: 0n, usage: null });
  });

  test('a page from the network in between', async () => {
    const seen = await chat('fault=bad-gateway');
    expect(seen).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } });
  });

  test('the right answer under the wrong content type', async () => {
    const seen = await chat('fault=wrong-content-type');
    expect(seen.headers['content-type']).toBe('text/plain');
    expect(seen.body.endsWith(DONE)).toBe(true);
  });
});

describe('noise that a reader has to skip', () => {
  test.each([
    ['comments', ': keep-alive\n\n'],
    ['pings', 'event: ping\n'],
    ['unknown-events', 'event: weather.changed\n'],
    ['malformed-frame:2', '{"broken":'],
  ])('%s', async (fault, noise) => {
    const seen = await chat(`fault=${fault}`);
    expect(seen.body).toContain(noise);
    expect(seen.body.endsWith(DONE)).toBe(true);
    expect(await onlyLine()).toMatchObject({ outcome: 'complete' });
  });

  test('the terminator twice, the last blank line missing, a huge line', async () => {
    expect((await chat('fault=duplicate-terminator')).body.endsWith(DONE + DONE)).toBe(true);
    expect((await chat('fault=no-final-blank')).body.endsWith('data: [DONE]')).toBe(true);
    expect((await chat('fault=huge-line:2000000')).body.length).toBeGreaterThan(2_000_000);
  });

  test('newlines and a byte order mark', async () => {
    const plain = frames((await chat('')).body).length;
    expect((await chat('newline=crlf')).body.split('\r\n\r\n')).toHaveLength(plain + 1);
    expect((await chat('newline=cr')).body.split('\r\r')).toHaveLength(plain + 1);
    expect((await chat('bom')).body.startsWith('\uFEFFdata: ')).toBe(true);
  });
});

describe('pace', () => {
  test('one byte at a time, also inside a character', async () => {
    const seen = await chat('split=1&text=caf%C3%A9%20%F0%9F%8C%8A%20now');
    expect(seen.chunks.every((chunk) => chunk.length === 1)).toBe(true);
    expect(seen.body).toContain('"content":" 🌊"');
    expect(seen.body.endsWith(DONE)).toBe(true);
  });

  test('a slow first byte', async () => {
    expect((await chat('first-byte=60')).firstMs).toBeGreaterThan(55);
    expect((await chat('first-byte=60', { stream: false })).firstMs).toBeGreaterThan(55);
  });

  test('time between frames, and a drip', async () => {
    expect((await chat('delay=10&output=8')).totalMs).toBeGreaterThan(80);
    const seen = await chat('fault=drip:200:5&output=8');
    expect(seen.totalMs).toBeGreaterThan(50);
    expect(seen.body.endsWith(DONE)).toBe(true);
  });

  test('the connection closes right after a complete answer', async () => {
    const seen = await chat('fault=close-after-reply', { stream: false, headers: { connection: 'keep-alive' } });
    expect(seen).toMatchObject({ status: 200, ending: 'end' });
    expect(seen.headers.connection).not.toBe('close');
    expect(await onlyLine()).toMatchObject({ outcome: 'complete' });
  });
});

describe('a client that', () => {
  test('leaves a stream pays for what was generated until then', async () => {
    const seen = await chat('delay=5&output=400', { leaveWhen: (body) => frames(body).length >= 6 });
    expect(seen.ending).toBe('left');
    const line = await onlyLine();
    expect(line).toMatchObject({ outcome: 'cut', usageTold: 'not-sent' });
    expect(line.tokensGenerated).toBeGreaterThanOrEqual(5);
    expect(line.tokensGenerated).toBeLessThan(100);
    expect(line.usage).toMatchObject({ completion_tokens: line.tokensGenerated });
  });

  test('stays to the end of a long stream and gets all of it', async () => {
    const seen = await chat('output=20000');
    expect(frames(seen.body)).toHaveLength(20_000 + 4);
    expect(await onlyLine()).toMatchObject({ outcome: 'complete', tokensGenerated: 20_000 });
  });
});

test('closing the simulator releases stalled calls', async () => {
  const other = await startSimulator({ faults: [{ directives: 'fault=stall' }] });
  const stalled = exchange(other.url, { path: '/v1/chat/completions', body: { model: 'm', messages } });
  while (other.openCalls() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await other.close();
  expect((await stalled).ending).toBe('ECONNRESET');
});
