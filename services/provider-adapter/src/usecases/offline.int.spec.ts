// Answers of simulators over real sockets, kept in files and played back with the simulators gone.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Dialect, OfflineConfiguration } from '@waybill/config';
import {
  AttemptRequest,
  type AttemptResult,
  Call,
  FaultKind,
  ProviderServiceDefinition,
  type ReplyPart,
  Role,
} from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { type Client, createInProcessTransport, type InProcessTransport, offer } from '@waybill/rpc';
import { systemClock } from '@waybill/service';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { createMetrics, untraced } from '@waybill/telemetry';
import { prometheusMeters } from '../adapters/prometheus-meters.ts';
import { recordingFiles } from '../adapters/recording-files.ts';
import { simulatedUpstream } from '../adapters/simulated-upstream.ts';
import { openTargets } from '../adapters/targets.ts';
import type { Target } from '../ports.ts';
import { providerHandlers } from '../rpc/provider-handlers.ts';
import { openAccess } from './access.ts';
import { createBreakers } from './breakers.ts';
import { keepRecordings, openExchanges } from './exchanges.ts';
import { observeAttempts } from './observe-attempt.ts';
import { offlineTarget } from './offline-connection.ts';

const dialects = {
  openai: '/openai/v1',
  anthropic: '/anthropic',
  gemini: '/gemini/v1beta',
  ollama: '/ollama',
} as const;
const canary = 'sk-canary-0123456789abcdef';
const nowhere = 'http://127.0.0.1:1';

let simulator: Simulator;
let folder: string;
const adapters: Adapter[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ chunkDelayMs: 5 });
});
afterAll(() => simulator.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-recordings-'));
});
afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter.close();
  await rm(folder, { recursive: true });
});

interface Adapter {
  readonly client: Client<ProviderServiceDefinition>;
  readonly alarms: string[];
  close(): Promise<void>;
}

type Mode = Exclude<OfflineConfiguration['mode'], 'off'>;

/** An adapter in the given mode, whose providers are at the simulator or nowhere. */
async function adapter(mode: Mode, { at = simulator.url, timing = 'none' as 'none' | 'exact' } = {}): Promise<Adapter> {
  const clock = systemClock();
  const recordings = recordingFiles(folder);
  const exchanges = openExchanges();
  const alarms: string[] = [];
  const opened = await openTargets(
    { providers: Object.keys(dialects).map((dialect) => provider(dialect, at)) },
    simulatedUpstream({} as never),
    clock,
  );
  const targets = new Map<string, Target>(
    [...opened].map(([id, target]) => [id, offlineTarget(target, { mode, timing, recordings, exchanges, clock })]),
  );
  const meters = prometheusMeters(createMetrics({ processMetrics: false }));
  const observe = observeAttempts({ spans: untraced, meters });
  const handlers = providerHandlers({
    targets,
    access: openAccess({ breakers: createBreakers(clock, () => {}), clock, alarm: () => {} }),
    clock,
    observe,
  });
  const recorder = {
    exchanges,
    recordings,
    nowIso: () => '2026-11-28T12:00:00.000Z',
    alarm: (alarm: string) => alarms.push(alarm),
  };
  const transport: InProcessTransport = createInProcessTransport([], { onError: () => {} });
  transport.offer(offer(ProviderServiceDefinition, keepRecordings(handlers, recorder)));
  const made = {
    client: transport.client(ProviderServiceDefinition),
    alarms,
    async close() {
      await transport.close();
      await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
    },
  };
  adapters.push(made);
  return made;
}

function provider(dialect: string, at: string) {
  const timeouts = { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 20_000 };
  const baseUrl = `${at}${dialects[dialect as keyof typeof dialects]}`;
  return {
    id: dialect,
    kind: dialect as 'openai',
    dialect: dialect as Dialect,
    baseUrl,
    apiKey: new Secret(canary),
    timeouts,
  };
}

interface Asked {
  readonly dialect?: string;
  readonly stream?: boolean;
  readonly text?: string;
  readonly model?: string;
  readonly attemptId?: string;
  readonly endUser?: string;
}

async function ask({ client }: Adapter, asked: Asked = {}) {
  const { dialect = 'openai', stream = true, text = 'Why is the sky blue?', attemptId = 'call_1:1' } = asked;
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  const request = AttemptRequest.fromPartial({
    attemptId,
    providerId: dialect,
    upstreamModel: asked.model ?? 'some-model',
    call: Call.fromPartial({ endUser: asked.endUser ?? '', task: { $case: 'chat', value: { messages, stream } } }),
    maxOutputTokens: 40,
  });
  const batches: (readonly ReplyPart[])[] = [];
  let result: AttemptResult | undefined;
  for await (const { update } of client.attempt(request)) {
    if (update?.$case === 'parts') batches.push(update.value.parts);
    if (update?.$case === 'result') result = update.value;
  }
  return { batches, parts: batches.flat(), result: result! };
}

const withoutWarning = (parts: readonly ReplyPart[]) => parts.filter(({ part }) => part?.$case !== 'warning');

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe.each(Object.keys(dialects))('%s', (dialect) => {
  test.each([true, false])('is played back with nobody there, in the same pieces, streamed: %p', async (stream) => {
    const recorded = await ask(await adapter('record'), { dialect, stream });
    expect(recorded.result).toMatchObject({ fault: undefined, replayed: false });
    const replayed = await ask(await adapter('replay', { at: nowhere }), { dialect, stream, attemptId: 'call_2:1' });
    expect(withoutWarning(replayed.parts)).toEqual(recorded.parts);
    expect(replayed.batches.map(withoutWarning).filter((batch) => batch.length > 0)).toEqual(recorded.batches);
    expect(replayed.result).toMatchObject({
      replayed: true,
      mayHaveBilled: false,
      usage: recorded.result.usage,
      rawUsage: recorded.result.rawUsage,
      reportedModel: recorded.result.reportedModel,
      httpStatus: 200,
    });
  });
});

test('a replayed answer says so before anything else', async () => {
  await ask(await adapter('record'));
  const { parts, result } = await ask(await adapter('replay', { at: nowhere }));
  const message = 'is a recording of 2026-11-28T12:00:00.000Z that was played back; no provider was asked';
  expect(parts[0]?.part).toEqual({ $case: 'warning', value: { code: 'replayed', subject: 'answer', message } });
  expect(result.warnings.map(({ code }) => code)).toEqual(['replayed']);
});

test('a request without a recording is told, asks nobody, and is not tried again', async () => {
  const { result, parts } = await ask(await adapter('replay'));
  expect(parts).toEqual([]);
  expect(result.fault).toMatchObject({ kind: FaultKind.NOT_FOUND, details: { reason: 'no_recording' } });
  expect(result.fault?.message).toContain(folder);
  expect(result).toMatchObject({ retrySame: false, retryOther: false, mayHaveBilled: false, providerAtFault: false });
  expect(simulator.openCalls()).toBe(0);
});

test.each<[string, Asked]>([
  ['another prompt', { text: 'And the sea?' }],
  ['another model', { model: 'another-model' }],
  ['another provider', { dialect: 'anthropic' }],
  ['not streamed', { stream: false }],
])('%s is another request', async (_what, asked) => {
  await ask(await adapter('record'));
  const { result } = await ask(await adapter('replay', { at: nowhere }), asked);
  expect(result.fault?.details.reason).toBe('no_recording');
});

test("another user's pseudonym is the same request", async () => {
  await ask(await adapter('record'), { endUser: 'u_of_one_gateway' });
  const { result } = await ask(await adapter('replay', { at: nowhere }), { endUser: 'u_of_another' });
  expect(result.replayed).toBe(true);
});

test('in replay no provider is asked for its models either', async () => {
  const { providers } = await (await adapter('replay')).client.listUpstreamModels({ providerId: 'openai' });
  expect(providers).toMatchObject([{ models: [], fault: { details: { reason: 'offline' } } }]);
});

test('replay-or-record asks once', async () => {
  const both = await adapter('replay-or-record');
  expect((await ask(both)).result.replayed).toBe(false);
  expect((await ask(both)).result.replayed).toBe(true);
});

test.each(['fault=server-error', 'fault=end-after:2', 'fault=error-frame:2'])(
  'an answer that failed is not kept: %s',
  async (fault) => {
    const recording = await adapter('replay-or-record');
    expect((await ask(recording, { model: `m~${fault}` })).result.fault).toBeDefined();
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a recording takes the time it took', async () => {
  const slow = await startSimulator({ firstByteMs: 150, chunkDelayMs: 0 });
  try {
    await ask(await adapter('record', { at: slow.url }));
    const exact = await ask(await adapter('replay', { at: nowhere, timing: 'exact' }));
    expect(exact.result.timings!.firstByteMs).toBeGreaterThanOrEqual(140);
  } finally {
    await slow.close();
  }
});

test('no key is in any file, and only their owner may read them', async () => {
  const secret = 'sk-proj-abcdefghijklmnop0123';
  for (const dialect of Object.keys(dialects)) {
    for (const stream of [true, false])
      await ask(await adapter('record'), { dialect, stream, text: `My key is ${secret}, and ${canary}` });
  }
  const files = await filesBelow(folder);
  expect(files.length).toBe(8 + 1);
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const pieces = [...text.matchAll(/"base64": "([^"]*)"/g)].map(([, base64]) => Buffer.from(base64!, 'base64'));
    for (const key of [secret, canary]) {
      expect(text).not.toContain(key);
      expect(Buffer.concat(pieces).toString()).not.toContain(key);
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }
});

test('a recording that cannot be read is told with its file', async () => {
  await ask(await adapter('record'));
  const [file] = await filesBelow(join(folder, 'requests'));
  await writeFile(file!, '{');
  const { result } = await ask(await adapter('replay', { at: nowhere }));
  expect(result.fault?.message).toContain(file!);
});

test('an answer whose recording cannot be written is given all the same, with an alarm', async () => {
  await writeFile(join(folder, 'requests'), 'a file where a folder should be');
  const recording = await adapter('record');
  expect((await ask(recording)).result.fault).toBeUndefined();
  expect(recording.alarms).toEqual(['recording_not_kept']);
});
