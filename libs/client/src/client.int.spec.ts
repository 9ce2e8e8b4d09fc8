// The client against a gateway of a few lines, over real connections.
import { createServer } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from '@jest/globals';
import {
  CallSummary,
  EstimateCostResponse,
  GenerateStreamResponse,
  GenerationServiceDefinition,
  Reply,
} from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import { type GrpcServer, type GrpcServerOptions, type Handlers, offer, startGrpcServer } from '@waybill/rpc';
import { createAuthority } from '../../../test/infra/certificates.ts';
import {
  createWaybillClient,
  embedding,
  question,
  type StreamUpdate,
  textOf,
  type WaybillClientOptions,
} from './index.ts';

const closing: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type GatewayHandlers = Handlers<GenerationServiceDefinition>;

const reply = Reply.fromPartial({ content: [{ part: { $case: 'text', value: { text: 'Rayleigh scattering' } } }] });
const summary = CallSummary.fromPartial({ callId: 'call_1', costPicoUsd: 7n });

function part(text: string): GenerateStreamResponse {
  const delta = { part: { $case: 'text' as const, value: { text } } };
  return GenerateStreamResponse.fromPartial({ update: { $case: 'part', value: delta } });
}

const last = GenerateStreamResponse.fromPartial({ update: { $case: 'summary', value: summary } });
const answering: GatewayHandlers = {
  generate: async () => ({ reply, summary }),
  complete: () => Promise.reject(new FaultError(fault('internal', 'this client asks in conversations'))),
  async embed({ call }) {
    const inputs = call?.task?.$case === 'embedding' ? call.task.value.inputs : [];
    const embeddings = inputs.map((text, index) => ({ index, values: [text.length, 0.5] }));
    return { reply: Reply.fromPartial({ embeddings }), summary };
  },
  async estimateCost({ call, expectedOutputTokens }) {
    const estimate = { modelId: call?.model, outputTokens: expectedOutputTokens, likelyPicoUsd: 5n };
    return EstimateCostResponse.fromPartial({ estimates: [estimate], cheapestModelId: call?.model });
  },
  async *generateStream() {
    yield part('Rayleigh');
    yield part(' scattering');
    yield last;
  },
};

async function serve(
  handlers: Partial<GatewayHandlers> = {},
  options: Partial<GrpcServerOptions> = {},
): Promise<GrpcServer> {
  const offers = [offer(GenerationServiceDefinition, { ...answering, ...handlers })];
  const server = await startGrpcServer({ host: '127.0.0.1', port: 0, offers, onError: () => undefined, ...options });
  closing.push(() => server.stop());
  return server;
}

function connect(address: string, options: Partial<WaybillClientOptions> = {}) {
  const client = createWaybillClient({ address, key: 'wb-key', timeoutMs: 20_000, ...options });
  closing.push(() => client.close());
  return client;
}

async function faultFrom(work: Promise<unknown>): Promise<Fault> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FaultError);
  return (thrown as FaultError).fault;
}

async function collect(updates: AsyncIterable<StreamUpdate>): Promise<StreamUpdate[]> {
  const collected: StreamUpdate[] = [];
  for await (const update of updates) collected.push(update);
  return collected;
}

const asked = question('smart', 'Why is the sky blue?', 'Be brief.');

test('a question is answered, whole and as it comes', async () => {
  const client = connect((await serve()).address);
  const answer = await client.generate(asked);
  expect([textOf(answer.reply), answer.summary.costPicoUsd]).toEqual(['Rayleigh scattering', 7n]);
  const updates = await collect(client.stream(asked));
  expect(updates.map(textOf).join('')).toBe('Rayleigh scattering');
  expect(updates.at(-1)).toEqual({ $case: 'summary', value: summary });
});

test('texts become vectors', async () => {
  const client = connect((await serve()).address);
  const answer = await client.embed(embedding('small', ['one', 'three']));
  expect(answer.reply.embeddings.map(({ values }) => values)).toEqual([
    [3, 0.5],
    [5, 0.5],
  ]);
  expect(answer.summary.costPicoUsd).toBe(7n);
});

test('the call, the key, the deadline and what it is for arrive', async () => {
  const seen: unknown[] = [];
  const server = await serve({
    async generate({ call }, { metadata, timeLeftMs }) {
      seen.push(call?.model, call?.task, metadata, timeLeftMs);
      return { reply, summary };
    },
  });
  const attribution = { user: 'ann', agentType: 'writer', run: 'r1', tags: ['a', 'b'] };
  await connect(server.address).generate(asked, {
    attribution,
    idempotencyKey: 'once',
    maxCostUsd: '0.05',
    metadata: { traceparent: '00-1-2-01' },
  });
  const [model, task, metadata, timeLeftMs] = seen;
  expect(model).toBe('smart');
  expect(task).toMatchObject({ $case: 'chat', value: { messages: [{ role: 1 }, { role: 2 }] } });
  expect(metadata).toEqual({
    authorization: 'Bearer wb-key',
    'idempotency-key': 'once',
    'x-waybill-user': 'ann',
    'x-waybill-agent-type': 'writer',
    'x-waybill-run': 'r1',
    'x-waybill-tags': 'a,b',
    'x-waybill-max-cost-usd': '0.05',
    traceparent: '00-1-2-01',
  });
  expect(timeLeftMs).toBeGreaterThan(0);
  expect(timeLeftMs).toBeLessThanOrEqual(20_001);
});

test('a call that did not get through is made again', async () => {
  const knocked = Promise.withResolvers<void>();
  const closed = createServer((socket) => {
    socket.destroy();
    knocked.resolve();
  });
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as { port: number };
  const client = connect(`127.0.0.1:${port}`);
  const calls = [client.generate(asked), collect(client.stream(asked))];
  await knocked.promise;
  await new Promise((resolve) => closed.close(resolve));
  await serve({}, { port });
  expect(await Promise.all(calls)).toHaveLength(2);
});

test('a call that a handler began is not made again when the gateway is gone', async () => {
  const started = Promise.withResolvers<void>();
  let calls = 0;
  const server = await serve({
    generate() {
      calls += 1;
      started.resolve();
      return new Promise(() => undefined);
    },
  });
  const call = faultFrom(connect(server.address).generate(asked));
  await started.promise;
  await server.stop();
  const again = async () => {
    calls += 1;
    return { reply, summary };
  };
  await serve({ generate: again }, { port: server.port });
  expect(await call).toMatchObject({ kind: 'unavailable', details: {} });
  expect(calls).toBe(1);
});

test('a streamed answer is not begun again after its first part', async () => {
  let calls = 0;
  const server = await serve({
    async *generateStream() {
      calls += 1;
      yield part('Ray');
      throw new FaultError(fault('limited', 'full', { retryAfterMs: 1 }));
    },
  });
  const updates: StreamUpdate[] = [];
  const reading = async () => {
    for await (const update of connect(server.address).stream(asked, { waitForLimits: true })) updates.push(update);
  };
  expect((await faultFrom(reading())).kind).toBe('limited');
  expect([calls, updates.map(textOf)]).toEqual([1, ['Ray']]);
});

test('a limit that says when it has room is waited for only where that is asked', async () => {
  let calls = 0;
  const server = await serve({
    async generate() {
      calls += 1;
      if (calls % 3 !== 0)
        throw new FaultError(fault('limited', 'full', { retryAfterMs: 5, details: { limit: 'acme' } }));
      return { reply, summary };
    },
  });
  const client = connect(server.address);
  expect(await faultFrom(client.generate(asked))).toMatchObject({
    kind: 'limited',
    details: { limit: 'acme' },
    retryAfterMs: 5,
  });
  expect((await client.generate(asked, { waitForLimits: true })).summary).toEqual(summary);
  expect(calls).toBe(3);
});

test('a wait that does not fit into the time of the call is not begun', async () => {
  const server = await serve({
    async generate() {
      throw new FaultError(fault('limited', 'full', { retryAfterMs: 3_600_000 }));
    },
  });
  const call = connect(server.address).generate(asked, { waitForLimits: true });
  expect((await faultFrom(call)).kind).toBe('limited');
});

test('every call ends with its time, and with its signal', async () => {
  const server = await serve({ generate: () => new Promise(() => undefined) });
  const client = connect(server.address);
  expect((await faultFrom(client.generate(asked, { timeoutMs: 50 }))).kind).toBe('timeout');
  const controller = new AbortController();
  const call = faultFrom(client.generate(asked, { signal: controller.signal }));
  controller.abort();
  expect((await call).kind).toBe('cancelled');
});

test('leaving the loop over an answer cancels it', async () => {
  const told = Promise.withResolvers<void>();
  const server = await serve({
    async *generateStream(_request, { signal }) {
      signal.addEventListener('abort', () => told.resolve());
      for (;;) yield part('on and on ');
    },
  });
  for await (const _update of connect(server.address).stream(asked)) break;
  await told.promise;
});

test('an answer that ends without its summary was cut', async () => {
  const server = await serve({
    async *generateStream() {
      yield part('Ray');
    },
  });
  const fault = await faultFrom(collect(connect(server.address).stream(asked)));
  expect(fault).toMatchObject({ kind: 'unavailable', details: {} });
});

test('health is what the gateway says of itself', async () => {
  const server = await serve();
  const client = connect(server.address);
  expect(await client.health()).toBe('SERVING');
  server.reportHealth('NOT_SERVING');
  expect(await client.health()).toBe('NOT_SERVING');
  await server.stop();
  expect((await faultFrom(client.health())).kind).toBe('unavailable');
});

test('a key goes over the network by TLS alone', async () => {
  const insecure = async () => createWaybillClient({ address: 'gateway.example:50051', key: 'wb-key' });
  expect((await faultFrom(insecure())).kind).toBe('invalid');
  const authority = await createAuthority();
  const { certificate, key } = await authority.issue({ dnsNames: ['localhost'] });
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const server = await serve({}, { credentials: ServerCredentials.createSsl(null, [pair]) });
  const address = `localhost:${server.port}`;
  const known = connect(address, { tls: { ca: authority.certificate } });
  expect((await known.generate(asked)).summary).toEqual(summary);
  const unknown = connect(address, { tls: {}, timeoutMs: 300 });
  expect(['unavailable', 'timeout']).toContain((await faultFrom(unknown.generate(asked))).kind);
});

test('tells what a call would cost', async () => {
  const { port } = await serve();
  const estimated = await connect(`127.0.0.1:${port}`).estimateCost(asked, { expectedOutputTokens: 9 });
  expect(estimated).toMatchObject({
    estimates: [{ modelId: 'smart', outputTokens: 9, likelyPicoUsd: 5n }],
    cheapestModelId: 'smart',
  });
});
