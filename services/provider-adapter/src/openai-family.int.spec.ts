// OpenAI's wires and the vendors of its dialect, through the engine against simulators over real sockets.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderConfiguration } from '@waybill/config';
import {
  AttemptRequest,
  type AttemptResult,
  Call,
  FaultKind,
  FinishReason,
  OutputFormat_Kind,
  ProviderServiceDefinition,
  type Reply,
  type ReplyPart,
  Role,
  type Usage,
  UsageSource,
} from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { answerText, foldReply, type Wire } from '@waybill/providers';
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

type Kind = Extract<
  ProviderConfiguration['kind'],
  'openai' | 'azure-openai' | 'mistral' | 'xai' | 'hugging-face' | 'vllm' | 'lm-studio'
>;

interface Case {
  readonly kind: Kind;
  readonly path: string;
  readonly settings?: Pick<ProviderConfiguration, 'apiVersion' | 'auth'>;
  readonly wire: Wire;
}

const cases: Readonly<Record<string, Case>> = {
  'openai by responses': { kind: 'openai', path: '/openai/v1', wire: 'responses' },
  'openai by completions': { kind: 'openai', path: '/openai/v1', wire: 'completions' },
  'azure by deployments': {
    kind: 'azure-openai',
    path: '/azure',
    settings: { apiVersion: '2025-04-01-preview' },
    wire: 'chat',
  },
  'azure by deployments and responses': {
    kind: 'azure-openai',
    path: '/azure',
    settings: { apiVersion: '2025-04-01-preview', auth: 'bearer' },
    wire: 'responses',
  },
  'azure by v1': { kind: 'azure-openai', path: '/azure', wire: 'responses' },
  mistral: { kind: 'mistral', path: '/mistral/v1', wire: 'chat' },
  'xai by chat': { kind: 'xai', path: '/xai/v1', wire: 'chat' },
  'xai by responses': { kind: 'xai', path: '/xai/v1', wire: 'responses' },
  'hugging-face': { kind: 'hugging-face', path: '/hugging-face/v1', wire: 'chat' },
  vllm: { kind: 'vllm', path: '/vllm/v1', wire: 'chat' },
  'lm-studio': { kind: 'lm-studio', path: '/lm-studio/v1', wire: 'chat' },
};

const observe = observeAttempts({
  spans: untraced,
  meters: prometheusMeters(createMetrics({ processMetrics: false })),
});
let simulator: Simulator;
let targets: ReadonlyMap<string, Target>;
let transport: InProcessTransport;
let client: Client<ProviderServiceDefinition>;

beforeAll(async () => {
  simulator = await startSimulator();
  const clock = systemClock();
  const upstream = simulatedUpstream({ seed: 1, firstByteMs: 0, betweenChunksMs: 0 });
  targets = new Map(
    [...(await openTargets({ providers: Object.entries(cases).flatMap(providers) }, upstream, clock))].map(
      ([id, target]) => [id, { ...target, wireOf: () => cases[id.replace(' refused', '')]!.wire }],
    ),
  );
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

function providers([name, { kind, path, settings }]: [string, Case]): ProviderConfiguration[] {
  return [name, `${name} refused`].map((id) => ({
    id,
    kind,
    dialect: kind,
    baseUrl: `${simulator.url}${path}`,
    apiKey: new Secret('key'),
    ...settings,
    timeouts: { connectMs: 5_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 },
  }));
}

type ChatFields = Extract<NonNullable<Parameters<typeof Call.fromPartial>[0]['task']>, { $case: 'chat' }>['value'];

const question = {
  role: Role.USER,
  parts: [{ part: { $case: 'text' as const, value: { text: 'What is the weather in Lisbon?' } } }],
};
const tools = [{ name: 'get_weather', parametersJson: '{"type":"object","properties":{"city":{"type":"string"}}}' }];
let attempts = 0;

async function ask(providerId: string, directives: string, fields: NonNullable<ChatFields>) {
  attempts += 1;
  const request = AttemptRequest.fromPartial({
    attemptId: `call_${attempts}:1`,
    providerId,
    // Each its own model, so that breakers do not meet.
    upstreamModel: `model-${attempts}${directives && `~${directives}`}`,
    call: Call.fromPartial({ task: { $case: 'chat', value: { messages: [question], ...fields } } }),
    maxOutputTokens: 60,
  });
  const parts: ReplyPart[] = [];
  let result: AttemptResult | undefined;
  for await (const { update } of client.attempt(request)) {
    if (update?.$case === 'parts') parts.push(...update.value.parts);
    if (update?.$case === 'result') result = update.value;
  }
  if (result === undefined) throw new Error('no result');
  return { reply: foldReply(parts), result, billed: simulator.bill().lines.at(-1)! };
}

function callsIn({ content }: Reply) {
  return content.flatMap(({ part }) => (part?.$case === 'toolCall' ? [part.value] : []));
}

/** All that was generated, whatever a vendor counts it among. */
function generated({ outputTokens, reasoningTokens }: Usage): number {
  return outputTokens + reasoningTokens;
}

describe.each(Object.keys(cases))('%s', (id) => {
  const { wire } = cases[id]!;

  test.each([true, false])('a complete answer, and the usage that is billed, streamed: %p', async (stream) => {
    const { reply, result, billed } = await ask(id, 'reasoning=5&input=70', { stream });
    expect(result.fault).toBeUndefined();
    expect(answerText(reply)).toContain('Lisbon');
    expect(reply.finish).toMatchObject({ reason: FinishReason.STOP });
    expect(reply.usage).toMatchObject({ source: UsageSource.REPORTED, inputTokens: 70, suspicions: [] });
    expect(generated(reply.usage!)).toBe(billed.tokensGenerated);
    expect(JSON.parse(Buffer.from(result.rawUsage).toString())).toEqual(billed.usage);
    expect(billed).toMatchObject({ dialect: cases[id]!.kind, outcome: 'complete' });
  });

  test('the cap is kept', async () => {
    const { reply } = await ask(id, 'output=90', { stream: true });
    expect(reply.finish?.reason).toBe(FinishReason.LENGTH);
    expect(reply.usage?.outputTokens).toBe(60);
  });

  test.each([
    ['close-after:2', FaultKind.UNAVAILABLE],
    ['no-terminator', FaultKind.UPSTREAM],
    ['cut-frame:4', FaultKind.UPSTREAM],
    ['error-frame:3', undefined],
    ['malformed-frame:3', FaultKind.UPSTREAM],
    ['error-200', FaultKind.UPSTREAM],
  ])('a stream with %s is no success', async (fault, kind) => {
    const { reply, result } = await ask(id, `fault=${fault}`, { stream: true });
    expect(result.fault).toBeDefined();
    if (kind !== undefined) expect(result.fault?.kind).toBe(kind);
    expect(result.mayHaveBilled).toBe(true);
    expect(reply.finish).toBeUndefined();
  });

  test.each([
    ['not-found', FaultKind.UNAVAILABLE, { retryOther: true, retrySame: false }],
    ['rate-limit:seconds:2', FaultKind.LIMITED, { retrySame: true }],
    ['unavailable', FaultKind.UNAVAILABLE, { providerAtFault: true, mayHaveBilled: false }],
    ['invalid', FaultKind.INVALID, { retryOther: false }],
  ])('%s has its kind and its conduct', async (fault, kind, conduct) => {
    const { result } = await ask(id, `fault=${fault}`, { stream: false });
    expect(result.fault?.kind).toBe(kind);
    expect(result).toMatchObject(conduct);
  });

  test('a key that is refused has its kind and its conduct', async () => {
    // A provider of its own, since its only key is set aside from then on.
    const { result } = await ask(`${id} refused`, 'fault=unauthorized', { stream: false });
    expect(result.fault?.kind).toBe(FaultKind.UNAVAILABLE);
    expect(result).toMatchObject({ retryOther: true, providerAtFault: false });
  });

  if (wire === 'completions') return;

  test('parallel tools, and the turn after them', async () => {
    const first = await ask(id, 'tool-calls=2&reasoning=4', { tools, stream: true });
    const calls = callsIn(first.reply);
    expect(first.reply.finish?.reason).toBe(FinishReason.TOOL_CALLS);
    expect(calls.map(({ name, argumentsJson }) => [name, JSON.parse(argumentsJson)])).toEqual(
      Array(2).fill(['get_weather', { city: expect.any(String) }]),
    );
    const results = calls.map(({ id: toolCallId }) => ({
      role: Role.TOOL,
      parts: [
        {
          part: {
            $case: 'toolResult' as const,
            value: { toolCallId, parts: [{ part: { $case: 'text' as const, value: { text: 'mist, 18 degrees' } } }] },
          },
        },
      ],
    }));
    const messages = [question, { role: Role.ASSISTANT, parts: first.reply.content }, ...results];
    const next = await ask(id, '', { tools, messages });
    expect(next.result.fault).toBeUndefined();
    expect(answerText(next.reply)).toContain('mist, 18 degrees');
  });

  test('an answer in the shape that was asked for', async () => {
    const outputFormat = { kind: OutputFormat_Kind.JSON_SCHEMA, schemaJson: tools[0]!.parametersJson };
    const { reply } = await ask(id, '', { outputFormat });
    expect(JSON.parse(answerText(reply))).toEqual({ city: 'Lisbon' });
  });
});
