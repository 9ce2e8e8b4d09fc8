// A collector for tests: takes OTLP over HTTP as protobuf, keeps what came, and can be down or deaf on demand.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type AnyValue, type KeyValue, readMetrics, readTraces, type WireMetric, type WireSpan } from './messages.ts';

export type AttributeValue = string | number | boolean | readonly AttributeValue[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly startNanos: bigint;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
  /** Of the process that sent it. */
  readonly resource: Attributes;
}

export interface ReceivedMetric extends WireMetric {
  readonly resource: Attributes;
}

/** `takes` what is sent; `refuses` it as a collector that is overloaded; `deaf`: it never answers. */
export type Behaviour = 'takes' | 'refuses' | 'deaf';

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly ReceivedMetric[];
  /** Requests so far, whatever became of them. */
  readonly requests: number;
  /** Whether these characters were anywhere in what was sent. */
  mentions(text: string): boolean;
  behave(behaviour: Behaviour): void;
  /** Resolves with what `find` gives once it gives something; throws after the time given, default 10,000 ms. */
  until<Found>(find: (spans: readonly ReceivedSpan[]) => Found | undefined, withinMs?: number): Promise<Found>;
  stop(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const state = { behaviour: 'takes' as Behaviour, requests: 0 };
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const bodies: Buffer[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.requests += 1;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const sent = Buffer.concat(pieces);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    if (state.behaviour === 'deaf') return;
    if (state.behaviour === 'refuses' || request.headers['content-type'] !== 'application/x-protobuf') {
      response.writeHead(state.behaviour === 'refuses' ? 503 : 415).end();
      return;
    }
    bodies.push(body);
    if (request.url === '/v1/traces') spans.push(...spansIn(body));
    if (request.url === '/v1/metrics') metrics.push(...metricsIn(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    get requests() {
      return state.requests;
    },
    mentions: (text) => bodies.some((body) => body.includes(text)),
    behave(behaviour) {
      state.behaviour = behaviour;
    },
    async until(find, withinMs = 10_000) {
      for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(25)) {
        const found = find(spans);
        if (found !== undefined) return found;
      }
      const names = [...new Set(spans.map(({ name }) => name))].join(', ');
      throw new Error(`not received within ${withinMs} ms; ${spans.length} spans came: ${names}`);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function spansIn(body: Uint8Array): ReceivedSpan[] {
  const { resources = [] } = readTraces(body);
  return resources.flatMap(({ resource, scopes = [] }) => {
    const attributes = attributesOf(resource?.attributes);
    return scopes.flatMap(({ spans = [] }) => spans.map((span) => receivedSpan(span, attributes)));
  });
}

function metricsIn(body: Uint8Array): ReceivedMetric[] {
  const { resources = [] } = readMetrics(body);
  return resources.flatMap(({ resource, scopes = [] }) => {
    const attributes = attributesOf(resource?.attributes);
    return scopes.flatMap(({ metrics = [] }) => metrics.map((metric) => ({ ...metric, resource: attributes })));
  });
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const errorCode = 2;

function receivedSpan(span: WireSpan, resource: Attributes): ReceivedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind = 0, startNanos, endNanos, status } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: kinds[kind] ?? 'unspecified',
    startNanos,
    durationMs: Number(endNanos - startNanos) / 1e6,
    attributes: attributesOf(span.attributes),
    hasFailed: status?.code === errorCode,
    resource,
  };
}

export function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key = '', value }) => [key, plainValue(value)]));
}

function plainValue({ text, flag, whole, number, list }: AnyValue = {}): AttributeValue {
  if (whole !== undefined) return Number(whole);
  return text ?? flag ?? number ?? list?.values?.map(plainValue) ?? '';
}
