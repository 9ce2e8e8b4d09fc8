// The server itself: bad input, web pages, slow and leaving clients, drain.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { answering, configuredKey, type EdgeBench, openEdgeBench, started, text } from '../testing/edge-bench.ts';

const hello = JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'hi' }] });
const streamed = JSON.stringify({ model: 'fast', stream: true, messages: [{ role: 'user', content: 'hi' }] });
const json = { 'content-type': 'application/json' };

interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** Without fetch's own ideas of which headers may be set. */
function raw(
  { url }: EdgeBench,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end(method === 'POST' ? hello : undefined);
  });
}

function post(
  { url }: EdgeBench,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = json,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
}

async function refusalOf(answer: Promise<Response>): Promise<{ status: number; message: string; code: string }> {
  const response = await answer;
  const { error } = (await response.json()) as { error: { message: string; code: string } };
  return { status: response.status, message: error.message, code: error.code };
}

describe('a body that cannot be read', () => {
  test.each([
    ['{"model":}', "Unexpected token '}' at position 9 (line 1, column 10)"],
    ['{"model":"a",\n "messages" []}', "Expected ':' after property name at position 26 (line 2, column 13)"],
    ['{"model":"a"', "Expected ',' or '}' after property value at position 12 (line 1, column 13)"],
    ['[1,', 'Unexpected end at position 3 (line 1, column 4)'],
  ])('%j is refused with the place', async (body, place) => {
    const refusal = await refusalOf(post(await openEdgeBench(), body));
    expect(refusal).toEqual({ status: 400, code: 'invalid_json', message: `the body is not valid JSON: ${place}` });
  });

  test.each([['{"model":"a","__proto__":{"polluted":true}}'], ['{"model":"a","messages":[{"\\u005f_proto__":1}]}']])(
    '%s is refused for its key',
    async (body) => {
      expect((await refusalOf(post(await openEdgeBench(), body))).message).toContain('__proto__');
    },
  );

  test('text about __proto__ is fine', async () => {
    const body = JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'what is __proto__?' }] });
    expect((await post(await openEdgeBench(), body)).status).toBe(200);
  });

  test('nothing at all, and bytes that are no UTF-8', async () => {
    const bench = await openEdgeBench();
    expect((await refusalOf(post(bench, ''))).message).toContain('empty');
    expect((await refusalOf(post(bench, Uint8Array.of(0x7b, 0xff, 0x7d)))).message).toContain('UTF-8');
  });

  test('one that is too large is 413, in the dialect of its path', async () => {
    const bench = await openEdgeBench({ maxBodyBytes: 1_024 });
    const large = 'x'.repeat(2_000);
    expect((await refusalOf(post(bench, large))).status).toBe(413);
    const answer = await fetch(`${bench.url}/v1/messages`, { method: 'POST', headers: json, body: large });
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'request_too_large' } });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'one of type %s is 415',
    async (type) => {
      expect((await refusalOf(post(await openEdgeBench(), hello, { 'content-type': type }))).status).toBe(415);
    },
  );
});

test('a key is looked at before the body', async () => {
  const bench = await openEdgeBench({ callers: 'keys', keys: [configuredKey()] });
  expect((await refusalOf(post(bench, 'no json'))).status).toBe(401);
});

test('what is not there is 404, and another method 405, in the dialect of the path', async () => {
  const bench = await openEdgeBench();
  expect(JSON.parse((await raw(bench, '/v1/nothing')).body)).toMatchObject({ error: { code: 'unknown_url' } });
  const wrong = await fetch(`${bench.url}/v1/messages`, { method: 'PUT' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await wrong.json()).toMatchObject({ type: 'error' });
});

test.each([
  ['/chat/completions', '/v1/chat/completions', { error: { code: 'unknown_url' } }],
  ['/v1/v1/messages?beta=true', '/v1/messages', { type: 'error', error: { type: 'not_found_error' } }],
  ['/models', '/v1/models', { error: { code: 'unknown_url' } }],
])('%s is 404 and names %s, in its dialect', async (asked, meant, shape) => {
  const bench = await openEdgeBench();
  const answer = await fetch(`${bench.url}${asked}`, { method: 'POST', headers: json, body: '{}' });
  const body = await answer.json();
  expect([answer.status, body]).toMatchObject([404, shape]);
  expect((body as { error: { message: string } }).error.message).toContain(`; ${meant} is served`);
});

test('no answer ever allows another origin', async () => {
  const bench = await openEdgeBench();
  const asked = await fetch(`${bench.url}/v1/chat/completions`, { method: 'OPTIONS' });
  expect(asked.status).toBe(405);
  for (const answer of [asked, await post(bench, hello)]) {
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

describe('without keys, a web page', () => {
  const foreign: [Record<string, string>][] = [
    [{ host: 'evil.example' }],
    [{ host: 'evil.example:8080' }],
    [{ host: '127.0.0.1.evil.example' }],
    [{ host: 'localhost', origin: 'https://evil.example' }],
    [{ host: 'localhost:8080', origin: 'http://localhost:3000' }],
    [{ host: 'localhost', origin: 'null' }],
  ];

  test.each(foreign)('that calls with %j is refused', async (headers) => {
    const bench = await openEdgeBench();
    expect((await raw(bench, '/v1/chat/completions', { ...json, ...headers }, 'POST')).status).toBe(403);
    expect((await raw(bench, '/v1/models', headers)).status).toBe(403);
    expect(bench.incoming).toEqual([]);
  });

  test.each<[Record<string, string>]>([
    [{ host: '127.0.0.1:1' }],
    [{ host: 'LOCALHOST' }],
    [{ host: '[::1]:80' }],
    [{ host: 'localhost:8080', origin: 'http://localhost:8080' }],
  ])('of this gateway, or a program that calls with %j, is served', async (headers) => {
    const bench = await openEdgeBench();
    expect((await raw(bench, '/v1/chat/completions', { ...json, ...headers }, 'POST')).status).toBe(200);
  });

  test('is not asked where a key is needed anyway, except for administration', async () => {
    const bench = await openEdgeBench({ callers: 'keys', keys: [configuredKey()] });
    expect((await raw(bench, '/healthz', { host: 'gateway.example' })).status).toBe(200);
    for (const path of ['/admin/v1/keys', '/%61dmin/v1/keys']) {
      expect((await raw(bench, path, { host: 'gateway.example' })).status).toBe(403);
    }
  });
});

describe('a client', () => {
  test('that leaves aborts its call', async () => {
    const bench = await openEdgeBench();
    const leaving = new AbortController();
    bench.conduct = async (incoming) => answering(incoming, { parts: endless() });
    const response = await fetch(`${bench.url}/v1/chat/completions`, {
      method: 'POST',
      headers: json,
      body: streamed,
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    await until(() => bench.incoming[0]?.signal.aborted === true);
  });

  test('that leaves before the answer begins aborts its call', async () => {
    const bench = await openEdgeBench();
    bench.conduct = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(gone), { once: true }));
    const gone = new FaultError(fault('cancelled', 'gone'));
    const leaving = new AbortController();
    const answer = fetch(`${bench.url}/v1/chat/completions`, {
      method: 'POST',
      headers: json,
      body: hello,
      signal: leaving.signal,
    });
    await until(() => bench.incoming.length === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await until(() => bench.incoming[0]?.signal.aborted === true);
  });

  test('whose answer is complete has not left', async () => {
    const bench = await openEdgeBench();
    await (await post(bench, hello)).text();
    await sleep(20);
    expect(bench.incoming[0]?.signal.aborted).toBe(false);
  });

  test('that does not read holds the answer up, and is cut off in the end', async () => {
    const bench = await openEdgeBench({ stallMs: 300 });
    let taken = 0;
    const parts = (async function* () {
      yield started;
      for (; taken < 10_000; taken += 1) {
        yield text('x'.repeat(10_000));
        await sleep(0);
      }
    })();
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const socket = connect(Number(new URL(bench.url).port), '127.0.0.1');
    socket.pause();
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    socket.write(`${head}content-length: ${streamed.length}\r\n\r\n${streamed}`);
    await until(() => bench.incoming[0]?.signal.aborted === true);
    expect(taken).toBeLessThan(5_000);
    socket.destroy();
  });
});

async function* endless() {
  yield started;
  for (;;) {
    yield text('more ');
    await sleep(1);
  }
}

describe('drain', () => {
  test('finishes what is under way, says not ready, and takes in nothing new', async () => {
    const bench = await openEdgeBench();
    const goOn = Promise.withResolvers<void>();
    bench.conduct = async (incoming) => {
      await goOn.promise;
      return answering(incoming);
    };
    const underWay = post(bench, hello);
    await until(() => bench.incoming.length === 1);
    const drained = bench.edge.drain(AbortSignal.timeout(5_000));
    await expect(post(bench, hello)).rejects.toThrow();
    goOn.resolve();
    expect((await underWay).status).toBe(200);
    const begunAtMs = performance.now();
    await drained;
    expect(performance.now() - begunAtMs).toBeLessThan(2_000);
  });

  test('does not wait for connections on which nothing was asked', async () => {
    const bench = await openEdgeBench();
    const socket = connect(Number(new URL(bench.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await post(bench, hello);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const begunAtMs = performance.now();
    await bench.edge.drain(AbortSignal.timeout(5_000));
    expect(performance.now() - begunAtMs).toBeLessThan(2_000);
    await closed;
  });

  test('cuts off what does not end in time', async () => {
    const bench = await openEdgeBench();
    bench.conduct = async (incoming) => answering(incoming, { parts: endless() });
    const response = await post(bench, streamed);
    const read = response.text();
    await bench.edge.drain(AbortSignal.timeout(50));
    await expect(read).rejects.toThrow();
  });
});

test('health, readiness and metrics are served', async () => {
  const bench = await openEdgeBench();
  expect((await fetch(`${bench.url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${bench.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', books: 'open' }]);
  await post(bench, hello);
  const metrics = await (await fetch(`${bench.url}/metrics`)).text();
  expect(metrics).toContain('waybill_http_answers_total{dialect="openai.chat",status="200"} 1');
});

test('a port in use is said with the fix', async () => {
  const bench = await openEdgeBench();
  const port = Number(new URL(bench.url).port);
  await expect(openEdgeBench({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another program has it`);
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 400) throw new Error('it did not happen');
    await sleep(10);
  }
}
