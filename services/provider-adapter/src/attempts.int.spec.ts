// The engine and the codecs against simulators over real sockets.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dialect, ProviderConfiguration } from '@waybill/config';
import {
  AttemptRequest,
  type AttemptResult,
  Call,
  FaultKind,
  ProviderServiceDefinition,
  type Reply,
  type ReplyPart,
  Role,
  UsageSource,
} from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { answerText, foldReply } from '@waybill/providers';
import { type Client, createInProcessTransport, type InProcessTransport, offer } from '@waybill/rpc';
import { systemClock } from '@waybill/service';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { createMetrics, untraced } from '@waybill/telemetry';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { simulatedUpstream } from './adapters/simulated-upstream.ts';
import { openTargets } from './adapters/targets.ts';
import type { Target } from './ports.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { openAccess } from './usecases/access.ts';
import { createBreakers } from './usecases/breakers.ts';
import { observeAttempts } from './usecases/observe-attempt.ts';

const dialects = {
  openai: '/openai/v1',
  anthropic: '/anthropic',
  gemini: '/gemini/v1beta',
  ollama: '/ollama',
  cohere: '/cohere',
} as const;
const canary = 'sk-canary-0123456789abcdef';

// Only who waits in vain is to be hasty: an answer that comes may be late on a busy machine.
const patient = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 20_000 };
const hasty = { connectMs: 500, firstByteMs: 200, idleMs: 200, totalMs: 900 };

const metrics = createMetrics({ processMetrics: false });
const observe = observeAttempts({ spans: untraced, meters: prometheusMeters(metrics) });
let simulator: Simulator;
let targets: ReadonlyMap<string, Target>;
let transport: InProcessTransport;
let client: Client<ProviderServiceDefinition>;

beforeAll(async () => {
  simulator = await startSimulator();
  const clock = systemClock();
  const names = Object.keys(dialects) as (keyof typeof dialects)[];
  // Those whose key is refused are others, since nothing goes out by such a key for a while.
  const providers = names.flatMap((dialect) => [
    provider(dialect),
    { ...provider(dialect), id: `${dialect}-refused` },
    { ...provider(dialect), id: `${dialect}-hasty`, timeouts: hasty },
  ]);
  const upstream = simulatedUpstream({ seed: 1, firstByteMs: 0, betweenChunksMs: 0 });
  const narrow = { ...provider('openai'), id: 'narrow', connections: 1 };
  targets = await openTargets({ providers: [...providers, unreachable, narrow] }, upstream, clock);
  transport = createInProcessTransport([], { onError: () => {} });
  const access = openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} });
  transport.offer(offer(ProviderServiceDefinition, providerHandlers({ targets, access, clock, observe })));
  client = transport.client(ProviderServiceDefinition);
});

afterAll(async () => {
  await transport.close();
  await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
  await simulator.close();
});

function provider(dialect: keyof typeof dialects): ProviderConfiguration {
  return {
    id: dialect,
    kind: dialect satisfies Dialect,
    dialect,
    baseUrl: `${simulator.url}${dialects[dialect]}`,
    apiKey: new Secret(canary),
    timeouts: patient,
  };
}

const unreachable: ProviderConfiguration = {
  id: 'unreachable',
  kind: 'openai',
  dialect: 'openai',
  baseUrl: 'http://127.0.0.1:1',
  apiKey: new Secret(canary),
  timeouts: { connectMs: 200, firstByteMs: 200, idleMs: 200, totalMs: 500 },
};

let attempts = 0;

function asking(dialect: string, extra: { stream: boolean; directives?: string }): AttemptRequest {
  attempts += 1;
  const messages = [
    { role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text: 'Why is the sky blue?' } } }] },
  ];
  return AttemptRequest.fromPartial({
    attemptId: `call_${attempts}:1`,
    providerId: dialect,
    // Each its own model, so that breakers do not meet.
    upstreamModel: `model-${attempts}${extra.directives ? `~${extra.directives}` : ''}`,
    call: Call.fromPartial({ task: { $case: 'chat', value: { messages, stream: extra.stream } } }),
    maxOutputTokens: 60,
  });
}

interface Seen {
  readonly parts: readonly ReplyPart[];
  readonly reply: Reply;
  readonly result: AttemptResult;
}

async function attempt(request: AttemptRequest, signal?: AbortSignal): Promise<Seen> {
  const parts: ReplyPart[] = [];
  let result: AttemptResult | undefined;
  for await (const { update } of client.attempt(request, signal ? { signal } : {})) {
    if (update?.$case === 'parts') parts.push(...update.value.parts);
    if (update?.$case === 'result') result = update.value;
  }
  if (result === undefined) throw new Error('no result');
  return { parts, reply: foldReply(parts), result };
}

describe.each(Object.keys(dialects))('%s', (dialect) => {
  test.each([true, false])('a complete answer, streamed: %p', async (stream) => {
    const { reply, result } = await attempt(asking(dialect, { stream }));
    expect(result.fault).toBeUndefined();
    expect(answerText(reply)).toMatch(/sky|blue/i);
    expect(result.usage).toMatchObject({ source: UsageSource.REPORTED });
    expect(JSON.parse(Buffer.from(result.rawUsage).toString())).toBeDefined();
    expect(result.outputBytes).toBe(BigInt(Buffer.byteLength(answerText(reply))));
    expect(result.httpStatus).toBe(200);
  });

  test.each([
    ['close-after:2', FaultKind.UNAVAILABLE],
    ['reset-after:2', FaultKind.UNAVAILABLE],
    ['end-after:2', FaultKind.UPSTREAM],
    ['stall-after:2', FaultKind.TIMEOUT],
    ['error-frame:2', undefined],
    ['malformed-frame:2', FaultKind.UPSTREAM],
    ['html-200', FaultKind.UPSTREAM],
    ['empty-200', FaultKind.UPSTREAM],
  ])('a stream with %s is no success, and may be billed', async (fault, kind) => {
    const provider = kind === FaultKind.TIMEOUT ? `${dialect}-hasty` : dialect;
    const { result } = await attempt(asking(provider, { stream: true, directives: `fault=${fault}` }));
    expect(result.fault).toBeDefined();
    if (kind !== undefined) expect(result.fault?.kind).toBe(kind);
    expect(result.mayHaveBilled).toBe(true);
    expect(result.finish).toBeUndefined();
  });

  test.each([
    ['server-error', { kind: FaultKind.UPSTREAM }, { providerAtFault: true, retrySame: true }],
    ['rate-limit:seconds:2', { kind: FaultKind.LIMITED }, { providerAtFault: false, retrySame: true }],
    ['overloaded', { kind: FaultKind.UNAVAILABLE }, { providerAtFault: true, mayHaveBilled: false }],
    ['invalid', { kind: FaultKind.INVALID }, { providerAtFault: false, retrySame: false, retryOther: false }],
  ])('%s has its kind and its conduct', async (fault, expected, conduct) => {
    const { result } = await attempt(asking(dialect, { stream: true, directives: `fault=${fault}` }));
    expect(result.fault).toMatchObject(expected);
    expect(result).toMatchObject(conduct);
  });

  test.each([true, false])('what came and cannot be read counts as output, streamed: %p', async (stream) => {
    const { result } = await attempt(asking(dialect, { stream, directives: 'fault=malformed-frame:2&output=50' }));
    expect(result.fault?.kind).toBe(FaultKind.UPSTREAM);
    expect(result.outputBytes).toBeGreaterThan(stream ? 5n : 50n);
  });

  test('a stall before the status line ends with a timeout of the first byte', async () => {
    const { result } = await attempt(asking(`${dialect}-hasty`, { stream: false, directives: 'fault=stall' }));
    expect(result.fault).toMatchObject({ kind: FaultKind.TIMEOUT, details: { phase: 'first_byte' } });
    expect(result).toMatchObject({ mayHaveBilled: true, retrySame: false, retryOther: true });
  });

  test('a drip is not waited for', async () => {
    const { result } = await attempt(asking(`${dialect}-hasty`, { stream: true, directives: 'fault=drip:1:100' }));
    expect(result.fault).toMatchObject({ kind: FaultKind.TIMEOUT, details: { phase: 'idle' } });
  });

  test('bytes in any split, comments and line ends make no difference', async () => {
    const directives = 'split=7&output=12&fault=comments&fault=pings';
    const { result, reply } = await attempt(asking(dialect, { stream: true, directives }));
    if (dialect === 'ollama') return;
    expect(result.fault).toBeUndefined();
    expect(answerText(reply).length).toBeGreaterThan(20);
  });

  test('cancelling closes the connection', async () => {
    const controller = new AbortController();
    const request = asking(dialect, { stream: true, directives: 'delay=50&output=50' });
    setTimeout(() => controller.abort(), 120);
    await expect(attempt(request, controller.signal)).rejects.toMatchObject({ fault: { kind: 'cancelled' } });
    for (let tries = 0; simulator.openCalls() > 0 && tries < 50; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(simulator.openCalls()).toBe(0);
  });

  test('no fault shows the key', async () => {
    const { result } = await attempt(asking(`${dialect}-refused`, { stream: false, directives: 'fault=unauthorized' }));
    expect(result.fault).toMatchObject({ kind: FaultKind.UNAVAILABLE });
    expect(JSON.stringify(result.fault)).not.toContain(canary);
  });
});

test.each(['anthropic', 'gemini'])('what %s said it used before its stream broke is kept', async (dialect) => {
  for (const fault of ['end-after:6', 'reset-after:6', 'stall-after:6', 'error-frame:6', 'malformed-frame:6']) {
    const directives = `input=37&output=50&fault=${fault}`;
    const provider = fault.startsWith('stall') ? `${dialect}-hasty` : dialect;
    const { result } = await attempt(asking(provider, { stream: true, directives }));
    expect(result.fault).toBeDefined();
    expect(result.usage).toMatchObject({ inputTokens: 37 });
    expect(String(result.rawUsage)).toContain('37');
  }
});

test('a provider that cannot be reached was never billed', async () => {
  const { result } = await attempt(asking('unreachable', { stream: false }));
  expect(result.fault).toMatchObject({ kind: FaultKind.UNAVAILABLE });
  expect(result).toMatchObject({ mayHaveBilled: false, retryOther: true, providerAtFault: true });
});

test('an admission that ran out is not sent', async () => {
  const request = { ...asking('openai', { stream: false }), notAfterMicros: 1n };
  const { result } = await attempt(request);
  expect(result).toMatchObject({ mayHaveBilled: false, retrySame: true, httpStatus: 0 });
});

test('a span goes before the time of day, and is counted from when the attempt arrived until it is sent', async () => {
  const request = { ...asking('openai', { stream: false }), notAfterMicros: 1n, validForMs: 60_000 };
  expect((await attempt(request)).result.fault).toBeUndefined();
  let steadyMs = 0;
  const slow = { ...systemClock(), monotonicMs: () => (steadyMs += 30) };
  const handlers = providerHandlers({
    targets,
    access: openAccess({ breakers: createBreakers(systemClock(), () => {}), clock: systemClock(), alarm: () => {} }),
    clock: slow,
    observe,
  });
  const context = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };
  const updates = [];
  // A first look at the clock finds time left; by the time the connection is there it is over.
  for await (const { update } of handlers.attempt({ ...request, validForMs: 45 }, context)) updates.push(update);
  expect(updates).toMatchObject([{ value: { mayHaveBilled: false, retrySame: true, httpStatus: 0 } }]);
});

test('after five failures in a row the breaker answers, and says for how long', async () => {
  const request = asking('openai', { stream: false, directives: 'fault=server-error' });
  for (let count = 0; count < 5; count += 1) await attempt({ ...request, attemptId: `breaker:${count}` });
  const { result } = await attempt(request);
  expect(result).toMatchObject({ httpStatus: 0, mayHaveBilled: false, retryOther: true });
  expect(result.fault).toMatchObject({ details: { reason: 'breaker_open' } });
  expect(result.fault?.retryAfterMs).toBeGreaterThan(0);
});

test('calls that find no connection free go elsewhere, and their provider is not blamed for it', async () => {
  const leaving = new AbortController();
  const holding = attempt(asking('narrow', { stream: true, directives: 'fault=stall-after:2' }), leaving.signal);
  while (simulator.openCalls() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const request = asking('narrow', { stream: false });
  const inVain = Array.from({ length: 6 }, (_, index) => ({
    ...request,
    attemptId: `vain:${index}`,
    totalTimeoutMs: 100,
  }));
  for (const { result } of await Promise.all(inVain.map((each) => attempt(each)))) {
    expect(result).toMatchObject({ httpStatus: 0, mayHaveBilled: false, retrySame: false, retryOther: true });
    expect(result.fault).toMatchObject({ details: { reason: 'no_connection' } });
  }
  leaving.abort();
  await holding.catch(() => undefined);
  expect((await attempt(request)).result.fault).toBeUndefined();
});

describe('counting the tokens of a prompt', () => {
  const call = () => asking('anthropic', { stream: false }).call;

  test('is asked of a provider that counts, which bills nothing for it', async () => {
    const request = { providerId: 'anthropic', upstreamModel: 'claude-haiku-4-5', call: call(), tenantId: '' };
    const { inputTokens } = await client.countTokens(request);
    expect(inputTokens).toBeGreaterThan(0);
  });

  test('has no answer from one that does not', async () => {
    const request = { providerId: 'openai', upstreamModel: 'gpt-4o-mini', call: call(), tenantId: '' };
    expect(await client.countTokens(request)).toEqual({ inputTokens: undefined });
  });

  test('fails with the provider, and without its key', async () => {
    const request = {
      providerId: 'anthropic',
      upstreamModel: 'claude-haiku-4-5~fault=overloaded',
      call: call(),
      tenantId: '',
    };
    const thrown = await client.countTokens(request).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).toMatchObject({ fault: { kind: 'unavailable' } });
    expect(JSON.stringify(thrown)).not.toContain(canary);
  });
});
