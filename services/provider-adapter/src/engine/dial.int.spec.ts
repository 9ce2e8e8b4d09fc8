// Addresses of tenants, against servers that would notice being reached.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { privateForms, privateUrls, resolveUnkindly } from '../testing/private-addresses.ts';
import type { Resolve } from './dial.ts';
import { readOwnAddress } from './own-address.ts';
import { connect, type SendResult } from './send.ts';

let sinks: Server[];
let port: number;
let reached = 0;

beforeAll(async () => {
  const four = await listen('127.0.0.1', 0);
  port = portOf(four);
  // Where the machine has no IPv6, there is nothing that could be reached by it either.
  const six = await listen('::1', port).catch(() => undefined);
  sinks = six === undefined ? [four] : [four, six];
});

beforeEach(() => {
  reached = 0;
});

afterAll(async () => {
  for (const sink of sinks) sink.close();
});

async function listen(host: string, onPort: number): Promise<Server> {
  const server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  }).listen(onPort, host);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return address.port;
}

const timeouts = { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 2_000 };

async function send(origin: string, options: Parameters<typeof connect>[2]): Promise<SendResult> {
  const connection = connect(origin, timeouts, options);
  const signal = new AbortController().signal;
  try {
    return await connection.send({ path: '/v1', headers: {}, body: '{}', signal, mayGo: () => true });
  } finally {
    await connection.close();
  }
}

/** As a tenant's address is used: read where it is set, dialled when it is called. */
async function endOf(url: string, resolve: Resolve, onlyDialled: boolean): Promise<string> {
  const read = readOwnAddress(url, { allowPrivate: onlyDialled });
  if (!read.ok) return 'refused when set';
  const sent = await send(read.value.origin, { reach: 'public', resolve });
  if (sent.ok) return 'answered';
  if (sent.withheld) return sent.because?.details.reason ?? 'withheld';
  return sent.fault.details.code ?? sent.fault.kind;
}

test(`none of ${privateForms.length} ways to write a private address reaches anything`, async () => {
  expect(privateForms.length).toBeGreaterThanOrEqual(300);
  const urls = privateUrls(port);
  const ends = await Promise.all(urls.map((url) => endOf(url, resolveUnkindly, false)));
  expect(reached).toBe(0);
  for (const end of ends) expect(['refused when set', 'address_not_public', 'ENOTFOUND']).toContain(end);
});

test('nor does any of them where the dialler alone stands in between', async () => {
  const ends = await Promise.all(privateUrls(port).map((url) => endOf(url, resolveUnkindly, true)));
  expect(reached).toBe(0);
  for (const end of ends) expect(['refused when set', 'address_not_public', 'ENOTFOUND']).toContain(end);
  expect(ends.filter((end) => end === 'address_not_public').length).toBeGreaterThan(400);
});

test('a name that leads elsewhere with each lookup is judged by where it is connected to', async () => {
  const answers = ['127.0.0.1', '8.8.8.8'];
  const lookups: string[] = [];
  const rebind: Resolve = async () => {
    const address = answers[lookups.length % 2]!;
    lookups.push(address);
    return [{ address, family: 4 }];
  };
  const sent = await send(`http://rebinding.example:${port}`, { reach: 'public', resolve: rebind });
  expect(sent).toMatchObject({ ok: false, withheld: true, because: { kind: 'forbidden' } });
  expect(lookups).toEqual(['127.0.0.1']);
  expect(reached).toBe(0);
});

test('the refusal names the host as it was given and not where it leads', async () => {
  const sent = await send(`http://private-a.example:${port}`, { reach: 'public', resolve: resolveUnkindly });
  const text = JSON.stringify(sent);
  expect(text).toContain('private-a.example');
  expect(text).not.toContain('10.0.0.1');
});

test('an address that the operator has set is reached, whichever it is', async () => {
  await send(`http://127.0.0.1:${port}`, {});
  await send(`http://localhost:${port}`, { reach: 'anywhere' });
  expect(reached).toBeGreaterThanOrEqual(2);
});
