// Several keys of one provider, and a provider that goes and comes back, against a simulator over real sockets.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ProviderConfiguration } from '@waybill/config';
import { AttemptRequest, type AttemptResult, Call, Role } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { systemClock } from '@waybill/service';
import { keyLabel, type Simulator, startSimulator } from '@waybill/simulator';
import { createMetrics, untraced } from '@waybill/telemetry';
import { prometheusMeters } from '../adapters/prometheus-meters.ts';
import { simulatedUpstream } from '../adapters/simulated-upstream.ts';
import { openTargets } from '../adapters/targets.ts';
import { providerHandlers } from '../rpc/provider-handlers.ts';
import { openAccess } from './access.ts';
import { createBreakers } from './breakers.ts';
import { checkHealth } from './check-health.ts';
import { observeAttempts } from './observe-attempt.ts';

const context = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };
const observe = observeAttempts({
  spans: untraced,
  meters: prometheusMeters(createMetrics({ processMetrics: false })),
});
const secretOf = (id: string) => `sk-canary-of-key-${id}`;
const closing: (() => unknown)[] = [];
let simulator: Simulator;
let elapsedMs: number;
let alarms: unknown[][];

beforeEach(async () => {
  simulator = await startSimulator({ badKeys: [secretOf('bad'), secretOf('worse')] });
  elapsedMs = 0;
  alarms = [];
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await simulator.close();
});

/** A provider with these keys, at a clock that stands still unless moved. */
async function open(weights: Record<string, number>, { healthCheck }: Pick<ProviderConfiguration, 'healthCheck'> = {}) {
  const clock = { ...systemClock(), monotonicMs: () => elapsedMs };
  const apiKeys = Object.entries(weights).map(([id, weight]) => ({ id, key: new Secret(secretOf(id)), weight }));
  const provider: ProviderConfiguration = {
    id: 'p',
    kind: 'openai',
    dialect: 'openai',
    baseUrl: `${simulator.url}/openai/v1`,
    apiKey: apiKeys[0]?.key,
    apiKeys,
    healthCheck,
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 5_000 },
  };
  const targets = await openTargets({ providers: [provider] }, simulatedUpstream({} as never), clock);
  closing.push(() => Promise.all([...targets.values()].map(({ connection }) => connection.close())));
  const access = openAccess({
    breakers: createBreakers(clock, () => {}),
    clock,
    alarm: (...told) => alarms.push(told),
  });
  return { targets, access, clock, handlers: providerHandlers({ targets, access, clock, observe }) };
}

type Opened = Awaited<ReturnType<typeof open>>;
let attempts = 0;

async function ask({ handlers }: Opened, model = 'gpt-4o-mini'): Promise<AttemptResult> {
  attempts += 1;
  const text = { part: { $case: 'text' as const, value: { text: 'Why?' } } };
  const messages = [{ role: Role.USER, parts: [text] }];
  const request = AttemptRequest.fromPartial({
    attemptId: `call_${attempts}:1`,
    providerId: 'p',
    upstreamModel: model,
    call: Call.fromPartial({ task: { $case: 'chat', value: { messages } } }),
    maxOutputTokens: 5,
  });
  for await (const { update } of handlers.attempt(request, context)) {
    if (update?.$case === 'result') return update.value;
  }
  throw new Error('no result');
}

async function askTimes(times: number, opened: Opened, model?: string): Promise<AttemptResult[]> {
  const results: AttemptResult[] = [];
  for (let count = 0; count < times; count += 1) results.push(await ask(opened, model));
  return results;
}

function callsBy(id: string): number {
  return simulator.calls().filter(({ key }) => key === keyLabel(secretOf(id))).length;
}

describe('several keys', () => {
  test('share the calls by their weight', async () => {
    await askTimes(12, await open({ a: 1, b: 2, c: 1 }));
    expect([callsBy('a'), callsBy('b'), callsBy('c')]).toEqual([3, 6, 3]);
  });

  test('one that is refused is set aside with an alarm, and another is tried at once', async () => {
    const opened = await open({ bad: 1, a: 1 });
    const results = await askTimes(8, opened);
    const failed = results.filter(({ fault }) => fault !== undefined);
    expect(failed).toMatchObject([{ retryNow: true, setAsideMs: 0, httpStatus: 401, providerAtFault: false }]);
    expect([callsBy('bad'), callsBy('a')]).toEqual([1, 7]);
    expect(alarms).toEqual([['provider_key_refused', { provider: 'p', key: 'bad', why: 'credential', keysLeft: 1 }]]);
    expect(opened.access.standings(opened.targets.get('p')!)).toEqual({ bad: 'refused', a: 'ready' });
    expect(inspect([failed, alarms], { depth: 9 })).not.toContain('canary');
  });

  test('with none left nothing goes out, and it is said why and for how long', async () => {
    const opened = await open({ bad: 1, worse: 1 });
    const [first, second, third] = await askTimes(3, opened);
    expect(first).toMatchObject({ retryNow: true, setAsideMs: 0 });
    expect(second).toMatchObject({ retryNow: false, setAsideMs: 1_000 });
    expect(third).toMatchObject({ httpStatus: 0, mayHaveBilled: false, retrySame: false, retryOther: true });
    expect(third?.fault).toMatchObject({ details: { reason: 'no_usable_key' }, retryAfterMs: 1_000 });
    expect(simulator.calls()).toHaveLength(2);
    expect((await opened.handlers.listProviders({}, context)).providers).toMatchObject([
      { healthy: false, keys: { bad: 'refused', worse: 'refused' } },
    ]);
  });

  test('one that is accepted again takes calls again', async () => {
    const opened = await open({ a: 1 });
    simulator.setFaults([{ directives: 'fault=unauthorized', limit: 1 }]);
    expect((await ask(opened)).setAsideMs).toBe(1_000);
    expect((await ask(opened)).httpStatus).toBe(0);
    elapsedMs = 1_000;
    expect((await ask(opened)).fault).toBeUndefined();
    expect((await ask(opened)).fault).toBeUndefined();
    expect(alarms).toHaveLength(1);
  });

  test('one whose limit is reached rests, and the others take its calls', async () => {
    const opened = await open({ a: 1, b: 1 });
    simulator.setFaults([{ directives: 'fault=rate-limit:seconds:30', limit: 1 }]);
    expect(await ask(opened)).toMatchObject({ retryNow: true, httpStatus: 429, setAsideMs: 0 });
    const results = await askTimes(6, opened);
    expect(results.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect([callsBy('a'), callsBy('b')].sort()).toEqual([1, 6]);
    elapsedMs = 30_000;
    await askTimes(4, opened);
    expect(Math.min(callsBy('a'), callsBy('b'))).toBeGreaterThan(1);
  });

  test('one whose account is out of credit is set aside as well', async () => {
    const opened = await open({ a: 1, b: 1 });
    simulator.setFaults([{ directives: 'fault=quota', limit: 1 }]);
    expect(await ask(opened)).toMatchObject({ retryNow: true, httpStatus: 429 });
    expect(alarms).toMatchObject([['provider_key_refused', { why: 'exhausted', keysLeft: 1 }]]);
  });
});

describe('a breaker', () => {
  test('is one for each key and model', async () => {
    const opened = await open({ a: 1, b: 1 });
    await askTimes(10, opened, 'm~fault=server-error');
    const refused = await ask(opened, 'm~fault=server-error');
    expect(refused).toMatchObject({ httpStatus: 0, fault: { details: { reason: 'breaker_open' } }, setAsideMs: 1_000 });
    expect((await ask(opened)).fault).toBeUndefined();
    expect([...opened.access.breakers(opened.targets.get('p')!)]).toEqual([['m~fault=server-error', 'open']]);
  });
});

describe('the check of health', () => {
  const until = async (holds: () => boolean) => {
    for (let tries = 0; tries < 250; tries += 1) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('that does not come about');
  };

  async function checking(opened: Opened) {
    const stop = new AbortController();
    const over = checkHealth({ ...opened, signal: stop.signal });
    closing.unshift(() => {
      stop.abort();
      return over;
    });
  }

  test('asks nothing while all is well, and nothing at all where it is off', async () => {
    const [well, off] = [await open({ a: 1 }, { healthCheck: { enabled: true, everyMs: 10 } }), await open({ bad: 1 })];
    await ask(off);
    await Promise.all([checking(well), checking(off)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(simulator.calls()).toHaveLength(1);
  });

  test('lets the next call through once a provider is back, before its pause is over', async () => {
    const opened = await open({ a: 1 }, { healthCheck: { enabled: true, everyMs: 10 } });
    simulator.setFaults([{ directives: 'fault=server-error' }]);
    await askTimes(5, opened);
    expect((await ask(opened)).httpStatus).toBe(0);
    await checking(opened);
    await until(() => simulator.calls().length > 7);
    expect((await ask(opened)).httpStatus).toBe(0);
    simulator.setFaults([]);
    const target = opened.targets.get('p')!;
    await until(() => opened.access.enter(target, 'gpt-4o-mini').passes);
  });

  test('spends no call on a provider that cannot be reached', async () => {
    const opened = await open({ a: 1 }, { healthCheck: { enabled: true, everyMs: 10 } });
    const { port } = simulator;
    await simulator.close();
    await askTimes(5, opened);
    await checking(opened);
    elapsedMs = 990;
    await new Promise((resolve) => setTimeout(resolve, 200));
    elapsedMs = 1_005;
    expect((await ask(opened)).fault?.details).toMatchObject({ reason: 'breaker_open' });
    simulator = await startSimulator({ port });
    await until(() => opened.access.enter(opened.targets.get('p')!, 'gpt-4o-mini').passes);
  });

  test('spends no call on a key that is still refused', async () => {
    const opened = await open({ bad: 1 }, { healthCheck: { enabled: true, everyMs: 10 } });
    await ask(opened);
    await checking(opened);
    elapsedMs = 990;
    await until(() => simulator.calls().length > 3);
    elapsedMs = 1_005;
    expect((await ask(opened)).fault?.details).toMatchObject({ reason: 'no_usable_key' });
  });
});
