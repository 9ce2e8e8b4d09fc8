// One call is one trace, through every service, however many processes there are.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ServiceName, serviceNames } from '@waybill/config';
import { GenerationServiceDefinition } from '@waybill/contracts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../infra/otlp/receiver.ts';
import { traceTree } from '../infra/otlp/trace-tree.ts';
import { post } from './calls/curl.ts';
import { keys } from './configuration.ts';
import { connectGrpc, grpcQuestion } from './grpc-client.ts';
import type { BooksWorld, StartWorld } from './world.ts';

const prompt = 'Canary-of-a-prompt, why is the sky blue?';
const body = {
  model: 'smart',
  max_tokens: 40,
  user: 'canary-of-a-user',
  messages: [{ role: 'user', content: prompt }],
};

export interface TraceSuiteOptions {
  /** `each service`: its resource names it; `waybill`: one process has them all. */
  readonly processes: 'one' | 'one for each service';
}

/** Starts its world with a collector of its own. */
export function traceSuite(name: string, startWorld: StartWorld, { processes }: TraceSuiteOptions): void {
  describe(name, () => {
    let receiver: OtlpReceiver;
    let world: BooksWorld;

    beforeAll(async () => {
      receiver = await startOtlpReceiver();
      world = await startWorld({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, logLevel: 'debug' });
    }, 90_000);

    afterAll(async () => {
      await world?.stop();
      await receiver?.stop();
    }, 60_000);

    test('a failed-over call is one trace with the spans of all services, and one CLIENT span for each attempt', async () => {
      await world.simulator.setFaults([{ model: 'gpt-4o-mini', directives: 'fault=unavailable' }]);
      const traceId = `${'a'.repeat(31)}1`;
      const headers = { traceparent: `00-${traceId}-00000000000000c1-01`, 'x-waybill-user': 'canary-of-a-header' };
      const answer = await post(world, '/v1/chat/completions', body, headers);
      expect(answer.status).toBe(200);
      const spans = await receiver.until(whole(traceId), 20_000);
      console.info(traceTree(spans, shown));

      const callId = answer.headers.get('x-waybill-call-id');
      const cost = answer.headers.get('x-waybill-cost-usd');
      const services = new Set(spans.map(({ attributes }) => attributes['waybill.service']));
      expect([...services].sort()).toEqual([...serviceNames].sort());
      expectResources(spans, processes);
      const edge = spans.find(({ name: spanName }) => spanName === 'POST /v1/chat/completions')!;
      expect(edge).toMatchObject({ kind: 'server', parentSpanId: '00000000000000c1' });
      const call = spans.find(({ name: spanName }) => spanName === 'call')!;
      expect(call.attributes).toMatchObject({ 'waybill.call.id': callId, 'waybill.cost.usd': cost });
      const parents = new Set(spans.map(({ spanId }) => spanId));
      expect(spans.filter(({ parentSpanId }) => !parents.has(parentSpanId))).toEqual([edge]);
      expectAttempts(spans, Number(answer.headers.get('x-waybill-attempts')));
      expect(spans.filter((span) => span !== edge).map(({ attributes }) => attributes['waybill.call.id'])).toEqual(
        Array.from({ length: spans.length - 1 }, () => callId),
      );
      await world.simulator.setFaults([]);
    }, 60_000);

    test('the trace of a gRPC client goes through as well', async () => {
      const traceId = `${'b'.repeat(31)}2`;
      const transport = connectGrpc(world);
      const metadata = { authorization: `Bearer ${world.key}`, traceparent: `00-${traceId}-00000000000000c2-01` };
      const client = transport.client(GenerationServiceDefinition);
      let updates = 0;
      for await (const _ of client.generateStream(grpcQuestion('gpt-4o-mini', prompt, 40), { metadata })) updates += 1;
      expect(updates).toBeGreaterThan(1);
      await transport.close();
      const spans = await receiver.until(whole(traceId), 20_000);
      const edge = spans.find(({ parentSpanId }) => parentSpanId === '00000000000000c2');
      expect(edge).toMatchObject({ kind: 'server', name: 'waybill.gateway.v1.GenerationService/GenerateStream' });
    }, 60_000);

    test('events carry the span of their call, and lines of the log the ids of both', async () => {
      const answer = await post(world, '/v1/chat/completions', { ...body, model: 'gpt-4o-mini' });
      const callId = answer.headers.get('x-waybill-call-id')!;
      const call = await receiver.until((spans) =>
        spans.find(({ name: spanName, attributes }) => spanName === 'call' && attributes['waybill.call.id'] === callId),
      );
      const record = await world.openRecord();
      const events = await record.events.readStream(`call/${callId}`);
      await record.close();
      const ofGateway = events.filter(({ envelope }) => envelope.producer?.producerId.startsWith('gateway'));
      expect(ofGateway.length).toBeGreaterThanOrEqual(4);
      for (const { envelope } of ofGateway) {
        expect(envelope.trace?.traceparent).toBe(`00-${call.traceId}-${call.spanId}-01`);
      }
      const lines = world.log.split('\n').filter((line) => line.includes(callId));
      expect(lines.length).toBeGreaterThan(5);
      const inCall = lines.map((line) => JSON.parse(line)).filter(({ trace_id }) => trace_id !== undefined);
      expect(inCall.length).toBeGreaterThan(5);
      for (const line of inCall) expect(line).toMatchObject({ trace_id: call.traceId, call_id: callId });
    }, 60_000);

    test('no text, key, user or header of a caller is in what is sent', async () => {
      const secrets = ['Canary-of-a-prompt', 'canary-of-a-user', 'canary-of-a-header', ...Object.values(keys)];
      expect(secrets.filter((text) => receiver.mentions(text))).toEqual([]);
      expect(receiver.spans.length).toBeGreaterThan(20);
    });
  });
}

const shown = [
  'gen_ai.provider.name',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'error.type',
  'waybill.outcome',
  'waybill.attempt.number',
  'waybill.retry.reason',
  'waybill.cost.usd',
];

const late = ['call', 'judge', 'fold ledger', 'fold spend'];

/** The spans of a trace, once those of the read models and the judge have come, and all that others are below of. */
function whole(traceId: string) {
  return (spans: readonly ReceivedSpan[]): ReceivedSpan[] | undefined => {
    const found = spans.filter((span) => span.traceId === traceId);
    const names = new Set(found.map(({ name }) => name));
    const known = new Set(found.map(({ spanId }) => spanId));
    const roots = found.filter(({ parentSpanId }) => !known.has(parentSpanId));
    return late.every((name) => names.has(name)) && roots.length === 1 ? found : undefined;
  };
}

function expectAttempts(spans: readonly ReceivedSpan[], attempts: number): void {
  const models = spans.filter(({ kind, attributes }) => kind === 'client' && 'gen_ai.operation.name' in attributes);
  expect(attempts).toBeGreaterThan(1);
  expect(models.map(({ attributes }) => attributes['waybill.attempt.number'])).toEqual(
    Array.from({ length: attempts }, (_, index) => index + 1),
  );
  expect(models[0]).toMatchObject({ name: 'chat gpt-4o-mini', hasFailed: true });
  expect(models[0]!.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.request.max_tokens': 40,
    'server.address': '127.0.0.1',
    'error.type': expect.stringMatching(/./),
  });
  const last = models.at(-1)!;
  expect(last.hasFailed).toBe(false);
  expect(last.attributes).toMatchObject({
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.response.id': expect.stringMatching(/./),
    'gen_ai.response.model': expect.stringMatching(/claude/),
    'gen_ai.response.finish_reasons': [expect.stringMatching(/./)],
  });
  expect(last.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  expect(last.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
  const ours = spans.filter(({ name }) => name === 'attempt');
  expect(ours.at(-1)!.attributes).toMatchObject({
    'waybill.attempt.number': attempts,
    'waybill.retry.reason': expect.stringMatching(/./),
    'waybill.cost.usd': expect.stringMatching(/^0\.\d+$/),
  });
}

function expectResources(spans: readonly ReceivedSpan[], processes: TraceSuiteOptions['processes']): void {
  for (const { attributes, resource } of spans) {
    const service = processes === 'one' ? 'waybill' : (attributes['waybill.service'] as ServiceName);
    expect(resource['service.name']).toBe(service);
  }
}
