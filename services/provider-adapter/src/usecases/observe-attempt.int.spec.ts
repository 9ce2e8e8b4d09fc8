// The span of an attempt, and what the provider sees of the trace: nothing.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { AttemptRequest } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { systemClock } from '@waybill/service';
import { createLogger, createMetrics, startTelemetry, withSpan } from '@waybill/telemetry';
import { type OtlpReceiver, startOtlpReceiver } from '../../../../test/infra/otlp/receiver.ts';
import { prometheusMeters } from '../adapters/prometheus-meters.ts';
import { openTargets } from '../adapters/targets.ts';
import { providerHandlers } from '../rpc/provider-handlers.ts';
import { openAccess } from './access.ts';
import { createBreakers } from './breakers.ts';
import { observeAttempts } from './observe-attempt.ts';

const key = 'sk-canary-0123456789abcdef';
type Answers = (response: ServerResponse) => void;

const isOverloaded: Answers = (response) => {
  response.writeHead(503, { 'content-type': 'application/json' });
  response.end('{"error":{"code":"overloaded","message":"no"}}');
};

const beginsAndStops: Answers = (response) => {
  const choices = [{ index: 0, delta: { content: 'a' } }];
  const chunk = { id: 'c1', object: 'chat.completion.chunk', model: 'm', choices };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
};

let receiver: OtlpReceiver;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function providerThat(answers: Answers): Promise<{ url: string; seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    request.resume();
    answers(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.closeAllConnections());
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

async function open(url: string) {
  receiver = await startOtlpReceiver();
  closing.push(receiver.stop);
  const metrics = createMetrics({ processMetrics: false });
  const log = createLogger({ level: 'silent', process: 'test' });
  const names = { serviceName: 'provider-adapter', instance: 'here', serviceOf: () => 'provider-adapter' };
  const telemetry = await startTelemetry({ endpoint: receiver.url, sampleRatio: 1, ...names, metrics, log });
  const timeouts = { connectMs: 500, firstByteMs: 500, idleMs: 500, totalMs: 2_000 };
  const provider = { id: 'openai', kind: 'openai', dialect: 'openai', baseUrl: url, timeouts } as const;
  const nothing = { baseUrl: async () => '', close: async () => undefined };
  const clock = systemClock();
  const targets = await openTargets({ providers: [{ ...provider, apiKey: new Secret(key) }] }, nothing, clock);
  const spans = telemetry.spansOf('provider-adapter');
  const observe = observeAttempts({ spans, meters: prometheusMeters(metrics) });
  const handlers = providerHandlers({
    targets,
    access: openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} }),
    clock,
    observe,
  });
  closing.push(() => Promise.all([...targets.values()].map(({ connection }) => connection.close())));
  return { telemetry, spans, handlers };
}

const request = AttemptRequest.fromPartial({
  attemptId: 'call_1:1',
  providerId: 'openai',
  upstreamModel: 'gpt-4o-mini',
  maxOutputTokens: 10,
  call: { task: { $case: 'chat', value: { messages: [{ parts: [] }] } } },
});
const streamed = AttemptRequest.fromPartial({
  ...request,
  call: { task: { $case: 'chat', value: { messages: [{ parts: [] }], stream: true } } },
});
const context = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };

test('an attempt inside a trace is a CLIENT span of it, and its provider learns nothing of that', async () => {
  const { url, seen } = await providerThat(isOverloaded);
  const { telemetry, spans, handlers } = await open(url);
  await withSpan(spans, 'above', { callId: 'call_1' }, async () => {
    for await (const _ of handlers.attempt(request, context));
  });
  await telemetry.shutdown();
  const attempt = receiver.spans.find(({ kind }) => kind === 'client');
  const above = receiver.spans.find(({ name }) => name === 'above');
  expect(attempt).toMatchObject({ name: 'chat gpt-4o-mini', parentSpanId: above?.spanId, hasFailed: true });
  expect(attempt?.attributes).toMatchObject({ 'error.type': 'overloaded', 'http.response.status_code': 503 });
  expect(seen).toHaveLength(1);
  expect(Object.keys(seen[0]!).sort()).toEqual([
    'accept',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
  ]);
  const headers = JSON.stringify(seen);
  expect([above!.traceId, attempt!.spanId, 'call_1'].filter((id) => headers.includes(id))).toEqual([]);
  expect(receiver.mentions(key)).toBe(false);
});

test('an attempt whose reader leaves ends as cancelled, without being a failure', async () => {
  const { url } = await providerThat(beginsAndStops);
  const { telemetry, handlers } = await open(url);
  const updates = handlers.attempt(streamed, context)[Symbol.asyncIterator]();
  expect((await updates.next()).value?.update?.$case).toBe('parts');
  await updates.return?.();
  await telemetry.shutdown();
  expect(receiver.spans).toMatchObject([
    { kind: 'client', hasFailed: false, attributes: { 'error.type': 'cancelled' } },
  ]);
});
