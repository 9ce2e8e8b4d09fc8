// A provider that goes wrong in every way its model's name asks for, and repeats the key it was asked by wherever it can.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HostileProvider {
  readonly url: string;
  /** Every key it was asked by, with the ways in which it was answered. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  stop(): Promise<void>;
}

type Misbehaviour = (response: ServerResponse, key: string) => void;

const error = (status: number, headers: object = {}): Misbehaviour => {
  return (response, key) => {
    const told = { message: `no: ${key}`, type: key, code: key, status: key, param: key };
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r1', ...headers });
    response.end(JSON.stringify({ type: 'error', error: told, message: told.message }));
  };
};

const beginStream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

/** Those that do not concern the key itself. */
export const misbehaviours: Readonly<Record<string, Misbehaviour>> = {
  invalid: error(400),
  missing: error(404),
  limited: error(429, { 'retry-after': '1' }),
  failing: error(500),
  overloaded: error(529),
  redirecting: (response, key) => response.writeHead(307, { location: `http://127.0.0.1:1/?key=${key}` }).end(),
  'not-json': (response, key) => response.writeHead(200, { 'content-type': 'application/json' }).end(`oops ${key}`),
  'not-typed': (response, key) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<b>${key}</b>`),
  'error-page': (response, key) => response.writeHead(502, { 'content-type': 'text/html' }).end(`<b>${key}</b>`),
  silent: () => undefined,
  reset: (response) => response.destroy(),
  'malformed-frame': (response, key) => beginStream(response).end(`data: {"broken": ${key}\n\n`),
  'error-frame': (response, key) =>
    beginStream(response).end(
      `event: error\ndata: ${JSON.stringify({ type: 'error', error: { message: key, type: key } })}\n\n`,
    ),
  'cut-frame': (response, key) => {
    beginStream(response).write(`data: {"id": "${key}`);
    setTimeout(() => response.destroy(), 20);
  },
  'cut-answer': (response, key) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write(`{"id": "${key}`);
    setTimeout(() => response.destroy(), 20);
  },
};

/** After one of these the key is set aside for a while, and nothing else goes out by it. */
export const refusals: Readonly<Record<string, Misbehaviour>> = { unauthenticated: error(401), forbidden: error(403) };

const allNames = { ...misbehaviours, ...refusals };

export async function startHostileProvider(): Promise<HostileProvider> {
  const asked = new Map<string, Set<string>>();
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const key = keyIn(request);
    const [, name = ''] = /hostile-([a-z-]+)/.exec(`${request.url} ${body}`) ?? [];
    asked.set(key, (asked.get(key) ?? new Set()).add(name));
    (allNames[name] ?? error(404))(response, key);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function keyIn({ headers }: IncomingMessage): string {
  const sent = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'];
  return String(sent ?? '').replace(/^Bearer /, '');
}
