import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { type OtlpReceiver, startOtlpReceiver } from '../../../test/infra/otlp/receiver.ts';
import { openConsumed } from './consumed.ts';
import { callIdHeader } from './conventions.ts';
import { createLogger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { edgeHook } from './rpc-hooks.ts';
import { withSpan } from './spans.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const callerTrace = '0af7651916cd43dd8448eb211c80319c';

let receiver: OtlpReceiver;
let metrics: Metrics;
let telemetry: Telemetry | undefined;
let lines: string[];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  metrics = createMetrics({ processMetrics: false });
  lines = [];
});

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  await receiver.stop();
});

const log = () =>
  createLogger({ level: 'info', process: 'test', destination: { write: (line) => void lines.push(line) } });

async function start(sampleRatio = 1): Promise<Telemetry> {
  telemetry = await startTelemetry({
    endpoint: receiver.url,
    sampleRatio,
    serviceName: 'waybill',
    instance: 'here-0',
    serviceOf: (path) => (path.includes('Limit') ? 'rate-limit' : undefined),
    metrics,
    log: log(),
  });
  return telemetry;
}

async function loss(reason: string): Promise<number> {
  const found = new RegExp(`waybill_spans_lost_total\\{reason="${reason}"\\} (\\d+)`).exec(await metrics.text());
  return Number(found?.[1] ?? 0);
}

test('a call keeps its trace from the caller through both sides of an RPC and the event to its consumer', async () => {
  const { spansOf, rpcHooks, shutdown } = await start();
  const gateway = spansOf('gateway');
  const request = edgeHook(gateway)!('/waybill.gateway.v1.GenerationService/Generate', { traceparent: caller });
  const call = request.run(() => gateway.open('call', { callId: 'call_1' }));
  const outgoing = call.run(() => rpcHooks!.onOutgoingCall('/waybill.ratelimit.v1.LimitService/Admit'));
  const incoming = rpcHooks!.onIncomingCall('/waybill.ratelimit.v1.LimitService/Admit', outgoing.metadata);
  incoming.run(() => log().info('admitting'));
  incoming.ended(fault('limited', 'full'));
  outgoing.ended(fault('limited', 'full'));
  const envelope = { occurredAtMicros: 1_000n, correlationId: 'call_1', trace: call.trace };
  openConsumed(spansOf('cost'), { name: 'fold ledger', events: [{ envelope }, { envelope }], nowMicros: 2_000n })();
  call.ended();
  request.ended();
  await shutdown();

  const named = (name: string, kind = 'internal') => receiver.spans.find((s) => s.name === name && s.kind === kind)!;
  const admit = 'waybill.ratelimit.v1.LimitService/Admit';
  const [edge, client, server] = [
    named('waybill.gateway.v1.GenerationService/Generate', 'server'),
    named(admit, 'client'),
    named(admit, 'server'),
  ];
  const folded = named('fold ledger', 'consumer');
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([callerTrace]));
  expect(edge.parentSpanId).toBe('b7ad6b7169203331');
  expect(named('call').parentSpanId).toBe(edge.spanId);
  expect(client.parentSpanId).toBe(named('call').spanId);
  expect(server.parentSpanId).toBe(client.spanId);
  expect(folded.parentSpanId).toBe(named('call').spanId);
  expect(folded.attributes).toMatchObject({ 'messaging.batch.message_count': 2, 'waybill.call.id': 'call_1' });
  expect([edge, client, server, folded].map(({ attributes }) => attributes['waybill.service'])).toEqual([
    'gateway',
    'gateway',
    'rate-limit',
    'cost',
  ]);
  expect(server.attributes).toMatchObject({ 'waybill.call.id': 'call_1', 'error.type': 'limited' });
  expect([client.hasFailed, server.hasFailed]).toEqual([true, false]);
  expect(edge.resource).toEqual({ 'service.name': 'waybill', 'service.instance.id': 'here-0' });
  expect(JSON.parse(lines.find((line) => line.includes('admitting'))!)).toMatchObject({
    trace_id: callerTrace,
    span_id: server.spanId,
    call_id: 'call_1',
  });
});

test('what a caller from outside says of a call id is not believed', async () => {
  const { spansOf, shutdown } = await start();
  edgeHook(spansOf('gateway'))!('/a.B/C', { [callIdHeader]: 'call_of_another' }).ended();
  await shutdown();
  expect(receiver.spans[0]!.attributes).not.toHaveProperty('waybill.call.id');
});

test('a caller that is not sampled costs no span, and neither does what follows from it', async () => {
  const { spansOf, shutdown } = await start();
  const spans = spansOf('gateway');
  const request = spans.open('quiet', { kind: 'server', parent: { traceparent: caller.replace(/01$/, '00') } });
  await request.run(() => withSpan(spans, 'below', {}, async ({ isSeen }) => expect(isSeen).toBe(false)));
  const { trace } = request;
  request.ended();
  expect(trace?.traceparent).toMatch(new RegExp(`^00-${callerTrace}-[0-9a-f]{16}-00$`));
  const envelope = { occurredAtMicros: 1n, correlationId: 'call_1', trace };
  openConsumed(spans, { name: 'fold', events: [{ envelope }], nowMicros: 2n })();
  await shutdown();
  expect(receiver.spans).toEqual([]);
});

test('what is thrown marks a span by its kind; no message leaves the process', async () => {
  const { spansOf, shutdown } = await start();
  const told = fault('upstream', 'canary-prompt-text', { details: { provider_code: 'overloaded_error' } });
  const broken = withSpan(spansOf('gateway'), 'attempt', {}, () => Promise.reject(new FaultError(told)));
  await expect(broken).rejects.toThrow('canary');
  await shutdown();
  expect(receiver.spans[0]).toMatchObject({ hasFailed: true, attributes: { 'error.type': 'overloaded_error' } });
  expect(receiver.mentions('canary')).toBe(false);
});

test('metrics are sent from the same definitions as /metrics shows', async () => {
  const { shutdown } = await start();
  metrics.counter('waybill_calls_total', 'Calls.', ['outcome']).inc({ outcome: 'completed' }, 3);
  const labels = ['gen_ai_request_model'];
  const duration = metrics.histogram('gen_ai_client_operation_duration_seconds', 'Durations.', labels, [0.1, 1]);
  for (const seconds of [0.05, 0.5, 0.6, 7]) duration.observe({ gen_ai_request_model: 'm' }, seconds);
  await shutdown();
  const named = (name: string) => receiver.metrics.findLast((metric) => metric.name === name);
  expect(named('waybill_calls_total')?.sum?.points?.[0]?.number).toBe(3);
  const { unit, histogram } = named('gen_ai.client.operation.duration')!;
  expect(unit).toBe('s');
  expect(histogram?.points?.[0]).toMatchObject({ count: 4n, bounds: [0.1, 1], bucketCounts: [1n, 2n, 1n] });
  expect(histogram?.points?.[0]?.attributes).toEqual([{ key: 'gen_ai.request.model', value: { text: 'm' } }]);
});

test('a collector that refuses costs spans, which are counted, and a line in the log', async () => {
  receiver.behave('refuses');
  const { spansOf } = await start();
  for (let index = 0; index < 20; index += 1) spansOf('gateway').open('lost').ended();
  const endMs = performance.now() + 15_000;
  while ((await loss('not_taken')) < 20 && performance.now() < endMs) await new Promise((r) => setTimeout(r, 100));
  expect(await loss('not_taken')).toBe(20);
  expect(lines.filter((line) => line.includes('does not take spans'))).toHaveLength(1);
});

test('a collector that never answers holds neither calls nor the end of the process, and is given a bounded number of spans', async () => {
  receiver.behave('deaf');
  const { spansOf, shutdown } = await start();
  const spans = spansOf('gateway');
  for (let index = 0; index < 10_000; index += 1) spans.open('lost').ended();
  expect(await loss('queue_full')).toBe(10_000 - 8_192);
  await shutdown();
  expect(receiver.requests).toBeGreaterThan(0);
});

test('without a collector nothing is traced, and lines still carry the call', async () => {
  const off = await startTelemetry({
    endpoint: undefined,
    sampleRatio: 1,
    serviceName: 'waybill',
    instance: 'here-0',
    serviceOf: () => undefined,
    metrics,
    log: log(),
  });
  expect(off.rpcHooks).toBeUndefined();
  const spans = off.spansOf('gateway');
  expect([spans.areKept, edgeHook(spans)]).toEqual([false, undefined]);
  await withSpan(spans, 'call', { callId: 'call_1' }, async ({ trace, isSeen }) => {
    await Promise.resolve();
    expect([trace, isSeen]).toEqual([undefined, false]);
    log().info('inside');
    spans.outside(() => log().info('outside'));
  });
  const [inside, outside] = lines.map((line) => JSON.parse(line));
  expect(inside).toMatchObject({ call_id: 'call_1' });
  expect(inside).not.toHaveProperty('trace_id');
  expect(outside).not.toHaveProperty('call_id');
  await off.shutdown();
});
