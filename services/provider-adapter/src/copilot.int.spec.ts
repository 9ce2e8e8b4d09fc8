// GitHub Copilot against its simulated wire: exchange of tokens, headers, faults, and the label of attempts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CopilotConfiguration, ProviderConfiguration } from '@waybill/config';
import { AttemptRequest, type AttemptResult, FaultKind, type ReplyPart, Role } from '@waybill/contracts';
import { type Clock, Secret } from '@waybill/kernel';
import { answerText, foldReply } from '@waybill/providers';
import { systemClock } from '@waybill/service';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { createMetrics, untraced } from '@waybill/telemetry';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { openTargets } from './adapters/targets.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { openAccess } from './usecases/access.ts';
import { createBreakers } from './usecases/breakers.ts';
import { observeAttempts } from './usecases/observe-attempt.ts';

const githubToken = 'gho_canary0123456789abcdef';
const observe = observeAttempts({
  spans: untraced,
  meters: prometheusMeters(createMetrics({ processMetrics: false })),
});
const nothing = { baseUrl: async () => '', close: async () => undefined };
let simulator: Simulator;
let aheadMs = 0;
let closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ badKeys: ['gho_revoked'] });
});
beforeEach(() => {
  simulator.reset();
  aheadMs = 0;
});
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});
afterAll(() => simulator.close());

const system = systemClock();
const clock: Clock = { ...system, monotonicMs: () => system.monotonicMs() + aheadMs };

interface Given {
  readonly token?: string;
  readonly timeouts?: Partial<ProviderConfiguration['timeouts']>;
}

async function copilot(more: Partial<CopilotConfiguration> = {}, { token = githubToken, timeouts }: Given = {}) {
  const provider: ProviderConfiguration = {
    id: 'copilot',
    kind: 'github-copilot',
    dialect: 'github-copilot',
    baseUrl: `${simulator.url}/copilot`,
    apiKey: new Secret(token),
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 10_000, ...timeouts },
    copilot: {
      tokenUrl: `${simulator.url}/copilot/copilot_internal/v2/token`,
      forKey: 'ada',
      headers: {},
      clientVersion: undefined,
      ...more,
    },
  };
  const targets = await openTargets({ providers: [provider] }, nothing, clock);
  closing.push(() => Promise.all([...targets.values()].map(({ connection }) => connection.close())));
  const access = openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} });
  const handlers = providerHandlers({ targets, access, clock, observe });
  return (text = 'Why is the sky blue?', extra: { stream?: boolean; directives?: string } = {}) =>
    ask(handlers, text, extra);
}

let attempts = 0;

async function ask(
  handlers: ReturnType<typeof providerHandlers>,
  text: string,
  { stream = false, directives = '' }: { stream?: boolean; directives?: string },
) {
  attempts += 1;
  const weather = { name: 'get_weather', parametersJson: '{"type":"object","properties":{"city":{"type":"string"}}}' };
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  const request = AttemptRequest.fromPartial({
    attemptId: `call_${attempts}:1`,
    providerId: 'copilot',
    upstreamModel: `gpt-4.1${directives === '' ? '' : `~${directives}`}`,
    call: { task: { $case: 'chat', value: { messages, tools: [weather], stream } } },
    maxOutputTokens: 60,
  });
  const parts: ReplyPart[] = [];
  let result: AttemptResult | undefined;
  const { signal } = new AbortController();
  for await (const { update } of handlers.attempt(request, { signal } as Parameters<typeof handlers.attempt>[1])) {
    if (update?.$case === 'parts') parts.push(...update.value.parts);
    if (update?.$case === 'result') result = update.value;
  }
  if (result === undefined) throw new Error('no result');
  return { reply: foldReply(parts), result };
}

function exchanges(): number {
  return simulator.calls().filter(({ path }) => path.endsWith('/token')).length;
}

describe('the token', () => {
  test('is exchanged once, however many calls wait for it', async () => {
    const call = await copilot();
    const answers = await Promise.all([call(), call(), call()]);
    for (const { result, reply } of answers) {
      expect(result.fault).toBeUndefined();
      expect(answerText(reply)).toContain('sky');
    }
    expect(exchanges()).toBe(1);
    expect(simulator.bill().total).toMatchObject({ calls: 3, complete: 3 });
  });

  test('is renewed when its time comes', async () => {
    const call = await copilot();
    await call();
    aheadMs = 1_499_000;
    await call();
    expect(exchanges()).toBe(1);
    aheadMs = 1_501_000;
    await call();
    expect(exchanges()).toBe(2);
  });

  test('is renewed for the next call when the service no longer takes it', async () => {
    const call = await copilot();
    await call();
    const refused = await call('Hello', { directives: 'fault=unauthorized' });
    expect(refused.result).toMatchObject({ fault: { kind: FaultKind.UNAVAILABLE }, mayHaveBilled: false });
    expect((await call()).result.fault).toBeUndefined();
    expect(exchanges()).toBe(2);
  });

  test.each([
    ['one that was revoked', 'gho_revoked'],
    ['a personal one', 'ghp_0123456789'],
  ])('of GitHub is refused: %s', async (_name, token) => {
    const { result } = await (await copilot({}, { token }))();
    expect(result).toMatchObject({
      fault: { kind: FaultKind.UNAVAILABLE, details: { conduct: 'credential' } },
      mayHaveBilled: false,
      retrySame: false,
      retryOther: true,
      providerAtFault: false,
    });
    expect(JSON.stringify(result.fault)).not.toContain(token);
    expect(simulator.bill().total.calls).toBe(0);
  });

  test.each([
    ['server-error', FaultKind.UPSTREAM],
    ['rate-limit:seconds:2', FaultKind.LIMITED],
    ['html-200', FaultKind.UPSTREAM],
    ['error-200', FaultKind.UPSTREAM],
  ])('cannot be had (%s): nothing was billed, and the next call asks again', async (directives, kind) => {
    simulator.setFaults([{ operation: 'token', limit: 1, directives: `fault=${directives}` }]);
    const call = await copilot();
    const { result } = await call();
    expect(result).toMatchObject({ fault: { kind }, mayHaveBilled: false, retryOther: true });
    expect((await call()).result.fault).toBeUndefined();
  });

  test('cannot be had where nobody listens, or nobody answers', async () => {
    const nowhere = await copilot({ tokenUrl: 'http://127.0.0.1:1/' });
    expect((await nowhere()).result).toMatchObject({ fault: { kind: FaultKind.UNAVAILABLE }, mayHaveBilled: false });
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closing.push(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const waiting = await copilot(
      { tokenUrl: `http://127.0.0.1:${port}/` },
      { timeouts: { connectMs: 900, firstByteMs: 100 } },
    );
    expect((await waiting()).result).toMatchObject({ fault: { kind: FaultKind.TIMEOUT }, mayHaveBilled: false });
  });

  test('of GitHub goes to the exchange alone, and neither is in what an attempt tells', async () => {
    const call = await copilot();
    const { result } = await call();
    const failed = await call('Hello', { directives: 'fault=server-error' });
    expect(
      JSON.stringify([result, failed.result], (_key, value) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toMatch(/gho_|tid=/);
    const paths = simulator.calls().map(({ path, key }) => [path.split('/').at(-1), key]);
    const keys = new Set(paths.filter(([path]) => path === 'completions').map(([, key]) => key));
    expect(keys.size).toBe(1);
    expect(keys).not.toContain(paths.find(([path]) => path === 'token')?.[1]);
  });
});

describe('what is presented', () => {
  const headersSent = () => simulator.calls().map(({ headers }) => headers);
  const ofEditors = /^(?:editor-|copilot-integration-id|openai-intent|x-vscode)/;

  test('is Waybill and no editor, unless one is configured', async () => {
    await (await copilot())();
    for (const headers of headersSent()) {
      expect(headers['user-agent']).toMatch(/^waybill\//);
      expect(Object.keys(headers).filter((name) => ofEditors.test(name))).toEqual([]);
    }
  });

  test('is what the configuration says, at the exchange and at the service', async () => {
    const headers = { 'copilot-integration-id': 'our-own-app', 'user-agent': 'our-own-app/2' };
    await (await copilot({ headers }))();
    expect(headersSent()).toHaveLength(2);
    for (const sent of headersSent()) expect(sent).toMatchObject(headers);
  });

  test('is in the label of the attempt, also of a failed one', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const call = await copilot({ clientVersion: '1.50.0' });
    expect((await call()).result.versionLabel).toBe(`copilot-v1.50.0-${day}`);
    const failed = await call('Hello', { directives: 'fault=server-error' });
    expect(failed.result).toMatchObject({ versionLabel: `copilot-v1.50.0-${day}` });
  });
});

test.each([false, true])('tool calls in a choice of their own are read (stream: %p)', async (stream) => {
  const { reply, result } = await (await copilot())('What is the weather in Lisbon?', { stream });
  expect(result.fault).toBeUndefined();
  const calls = reply.content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
  expect(calls).toMatchObject([{ name: 'get_weather', argumentsJson: '{"city":"Lisbon"}' }]);
});
