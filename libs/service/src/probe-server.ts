// What orchestrators and Prometheus ask of a process that has no HTTP of its own: /healthz, /readyz and /metrics.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultError, fault } from '@waybill/kernel';
import type { Metrics } from '@waybill/telemetry';

export interface ProbeServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** Whether the process should be sent work now. */
  isReady(): boolean;
}

export interface ProbeServer {
  readonly port: number;
  /** Answers what was asked and takes no more. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Throws a FaultError `conflict` that names the address when it cannot listen there. */
export async function startProbeServer(options: ProbeServerOptions): Promise<ProbeServer> {
  const server = createServer((request, response) => void respond(options, request, response));
  // A scraper that is slow to ask, or keeps its connection for nothing, is not waited for.
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function respond(
  options: ProbeServerOptions,
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await answerTo(options, method, url.split('?', 1)[0]!).catch(broken);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

async function answerTo({ metrics, isReady }: ProbeServerOptions, method: string, path: string): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET and HEAD are answered here' });
  switch (path) {
    case '/healthz':
      return json(200, { status: 'alive' });
    case '/readyz':
      return isReady() ? json(200, { status: 'ready' }) : json(503, { status: 'not_ready' });
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return json(404, { error: 'there are /healthz, /readyz and /metrics' });
  }
}

function broken(): Answer {
  return json(500, { error: 'the metrics cannot be read' });
}

function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

function listen(server: Server, { host, port }: ProbeServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const address = `${host}:${port}`;
      const message = `nothing can listen on ${address} for metrics and probes: choose another network.metrics_port`;
      reject(new FaultError(fault('conflict', message, { details: { address }, cause })));
    });
    server.listen(port, host, resolve);
  });
}
