import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { peerName, serverOf } from './peer.ts';
import { type Connection, connect } from './send.ts';

const timeouts = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 20_000 };
let server: Server;
let connection: Connection;
let sockets = 0;
let requests = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    response.writeHead(200, { 'x-twice': ['a', 'b'], 'content-type': 'text/event-stream' });
    response.write('data: [DONE]\n\n');
    if (request.url === '/stalls') return;
    setTimeout(() => response.end(), 20);
  });
  server.on('connection', () => {
    sockets += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  connection = connect(`http://127.0.0.1:${port}`, timeouts);
});

afterAll(async () => {
  await connection.close();
  server.closeAllConnections();
  server.close();
});

async function ask(path: string, signal = new AbortController().signal) {
  const sent = await connection.send({ path, headers: {}, body: '{}', signal, mayGo: () => true });
  if (sent.ok) return sent.answer;
  throw new Error(sent.withheld ? 'it was withheld' : sent.fault.message);
}

test('a connection whose answer was read up to its terminator is used again', async () => {
  for (let count = 0; count < 3; count += 1) {
    const { body, status, headers } = await ask('/');
    expect({ status, twice: headers['x-twice'] }).toEqual({ status: 200, twice: 'a, b' });
    expect(String(await body.next())).toContain('[DONE]');
    body.dismiss();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(sockets).toBe(1);
});

test('calls beyond the connections to an origin wait for one', async () => {
  const { port } = server.address() as AddressInfo;
  const few = connect(`http://127.0.0.1:${port}`, timeouts, { connections: 2 });
  const socketsBefore = sockets;
  const askFew = async () => {
    const signal = new AbortController().signal;
    const sent = await few.send({ path: '/', headers: {}, body: '{}', signal, mayGo: () => true });
    if (sent.ok) while (await sent.answer.body.next());
    return sent.ok;
  };
  expect(await Promise.all(Array.from({ length: 6 }, askFew))).toEqual(Array(6).fill(true));
  expect(sockets - socketsBefore).toBe(2);
  await few.close();
});

test('a call that finds no connection free in its time never went out', async () => {
  const { port } = server.address() as AddressInfo;
  const one = connect(`http://127.0.0.1:${port}`, timeouts, { connections: 1 });
  const request = { headers: {}, body: '{}', mayGo: () => true };
  const holding = await one.send({ ...request, path: '/stalls', signal: new AbortController().signal });
  const requestsBefore = requests;
  const waited = await one.send({ ...request, path: '/', signal: AbortSignal.timeout(50) });
  expect(waited).toMatchObject({ ok: false, waitedInVain: true, mayHaveArrived: false });
  if (holding.ok) holding.answer.body.destroy();
  const next = await one.send({ ...request, path: '/', signal: new AbortController().signal });
  expect(next.ok).toBe(true);
  expect(requests).toBe(requestsBefore + 1);
  await one.close();
});

test('a signal ends the request before its answer, and the answer under way', async () => {
  await expect(ask('/', AbortSignal.abort())).rejects.toThrow('the connection to the provider broke');
  const leaving = new AbortController();
  const { body } = await ask('/stalls', leaving.signal);
  await body.next();
  const next = body.next();
  leaving.abort();
  await expect(next).rejects.toMatchObject({ code: 'UND_ERR_ABORTED' });
});

test('what is not to go any more when the connection is there is not sent', async () => {
  await ask('/');
  const requestsBefore = requests;
  const asked: string[] = [];
  const mayGo = () => asked.push('may it go') < 0;
  const signal = new AbortController().signal;
  expect(await connection.send({ path: '/', headers: {}, body: '{}', signal, mayGo })).toEqual({
    ok: false,
    withheld: true,
  });
  expect(asked).toHaveLength(1);
  await ask('/');
  expect(requests).toBe(requestsBefore + 1);
});

test.each([
  ['http://nowhere.invalid', /the provider acme at nowhere\.invalid cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/],
  ['http://127.0.0.1:1', /the provider acme at 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/],
])('who cannot be reached at %s is named', async (origin, message) => {
  const away = connect(origin, timeouts, { peer: peerName('acme', serverOf(new URL(origin))) });
  const { signal } = new AbortController();
  const sent = await away.send({ path: '/', headers: {}, body: '{}', signal, mayGo: () => true });
  expect(sent).toMatchObject({ ok: false, fault: { message: expect.stringMatching(message) } });
  await away.close();
});
