// Answers of a simulator over a real socket, whose openai dialect names dated snapshots.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  AttemptRequest,
  type AttemptResult,
  Call,
  ProviderServiceDefinition,
  type ReplyPart,
  Role,
  type Warning,
} from '@waybill/contracts';
import { type Client, createInProcessTransport, type InProcessTransport, offer } from '@waybill/rpc';
import { systemClock } from '@waybill/service';
import { createMetrics, untraced } from '@waybill/telemetry';
import { prometheusMeters } from '../adapters/prometheus-meters.ts';
import { simulatedUpstream } from '../adapters/simulated-upstream.ts';
import { openTargets } from '../adapters/targets.ts';
import type { Drift } from '../core/drift.ts';
import { providerHandlers } from '../rpc/provider-handlers.ts';
import { openAccess } from './access.ts';
import { createBreakers } from './breakers.ts';
import { observeAttempts } from './observe-attempt.ts';
import { watchPins } from './watch-pins.ts';

const upstream = simulatedUpstream({ seed: 1, firstByteMs: 0, betweenChunksMs: 0 });
const timeouts = { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 10_000 };
const drifts: Drift[] = [];
let targets: Awaited<ReturnType<typeof openTargets>>;
let transport: InProcessTransport;
let client: Client<ProviderServiceDefinition>;

beforeAll(async () => {
  const provider = { id: 'sim', kind: 'simulator', dialect: 'openai', baseUrl: undefined, apiKey: undefined } as const;
  const clock = systemClock();
  targets = await openTargets({ providers: [{ ...provider, timeouts }] }, upstream, clock);
  const observe = observeAttempts({
    spans: untraced,
    meters: prometheusMeters(createMetrics({ processMetrics: false })),
  });
  const handlers = providerHandlers({
    targets,
    access: openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} }),
    clock,
    observe,
  });
  transport = createInProcessTransport([], { onError: () => {} });
  transport.offer(
    offer(
      ProviderServiceDefinition,
      watchPins(handlers, (drift) => drifts.push(drift)),
    ),
  );
  client = transport.client(ProviderServiceDefinition);
});

beforeEach(() => {
  drifts.length = 0;
});

afterAll(async () => {
  await transport.close();
  await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
  await upstream.close();
});

async function ask(pinnedVersion: string, { stream = true, modelId = 'fast' } = {}) {
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text: 'Hello' } } }] }];
  const request = AttemptRequest.fromPartial({
    attemptId: 'call:1',
    modelId,
    providerId: 'sim',
    upstreamModel: 'gpt-4o-mini',
    call: Call.fromPartial({ task: { $case: 'chat', value: { messages, stream } } }),
    maxOutputTokens: 60,
    pinnedVersion,
  });
  const parts: ReplyPart[] = [];
  let result: AttemptResult | undefined;
  for await (const { update } of client.attempt(request)) {
    if (update?.$case === 'parts') parts.push(...update.value.parts);
    if (update?.$case === 'result') result = update.value;
  }
  const warnings = parts.flatMap(({ part }): Warning[] => (part?.$case === 'warning' ? [part.value] : []));
  return { parts, warnings, result };
}

test.each([true, false])('an answer from the pinned snapshot is as it was, streamed: %p', async (stream) => {
  const { warnings, result } = await ask('gpt-4o-mini-2024-07-18', { stream });
  expect(result).toMatchObject({ reportedModel: 'gpt-4o-mini-2024-07-18', warnings: [] });
  expect(warnings).toEqual([]);
  expect(drifts).toEqual([]);
});

test.each([true, false])('another snapshot is a warning before the answer, streamed: %p', async (stream) => {
  const modelId = `fast-${stream}`;
  const { warnings, parts, result } = await ask('gpt-4o-mini-2025-01-01', { stream, modelId });
  const message = `${modelId} is pinned to gpt-4o-mini-2025-01-01, and the answer came from gpt-4o-mini-2024-07-18`;
  expect(warnings).toEqual([{ code: 'model_drift', subject: 'model', message }]);
  expect(result?.warnings).toEqual(warnings);
  expect(parts.slice(0, 2).map(({ part }) => part?.$case)).toEqual(['started', 'warning']);
});

test('each pair of names is told once', async () => {
  for (const pin of ['a-2024-01-01', 'a-2024-01-01', 'b-2024-01-01', 'a-2024-01-01']) await ask(pin);
  expect(drifts.map(({ pinned, reported }) => [pinned, reported])).toEqual([
    ['a-2024-01-01', 'gpt-4o-mini-2024-07-18'],
    ['b-2024-01-01', 'gpt-4o-mini-2024-07-18'],
  ]);
});
