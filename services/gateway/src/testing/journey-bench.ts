// A journey with a real log and real RPC, between neighbours that do as they are told.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import {
  Admission,
  type AdmitRequest,
  type AdmitResponse,
  type AttemptRequest,
  type AttemptResponse,
  AttemptResult,
  Call,
  Candidate,
  EvaluatorServiceDefinition,
  FinishReason,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  RankResponse as Ranking,
  type RankResponse,
  type ReplyPart,
  SelectorServiceDefinition,
  type SettleRequest,
  type SubmitRequest,
  Usage,
  UsageSource,
} from '@waybill/contracts';
import { type EventDraft, type EventLog, eventTypes, openSqliteEventLog } from '@waybill/event-log';
import { type Clock, type Fault, FaultError, fault } from '@waybill/kernel';
import { type Client, createInProcessTransport, type HandlerContext, offer } from '@waybill/rpc';
import { idSource, systemClock } from '@waybill/service';
import { untraced } from '@waybill/telemetry';
import { openAnswerFiles } from '../adapters/encrypted-answer-files.ts';
import { hmacDigests } from '../adapters/hmac-digests.ts';
import { openSecret } from '../adapters/secret-file.ts';
import type { ConductedCall, IncomingCall } from '../conduct.ts';
import { type JourneySettings, journeySettings } from '../config.ts';
import { toFaultMessage } from '../core/fault-message.ts';
import type { BatchStepName, JourneyStep } from '../ports.ts';
import type { JourneyWorld } from '../usecases/call-under-way.ts';
import { conductCalls } from '../usecases/conduct-call.ts';
import { keepBooks } from '../usecases/keep-books.ts';
import { createRanker } from '../usecases/ranker.ts';
import { keepSightings } from '../usecases/sightings.ts';

type Provider = (request: AttemptRequest, context: HandlerContext) => AsyncIterable<AttemptResponse>;

export interface GatewayEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly occurredAtMicros: bigint;
}

/** What the neighbours do; each may be replaced in the middle of a test. */
export interface Neighbourhood {
  rank: () => Promise<RankResponse>;
  admit: (request: AdmitRequest) => Promise<AdmitResponse>;
  settle: (request: SettleRequest) => Promise<void>;
  provider: Provider;
  /** Whether this gateway has its name for certain. */
  hasName: () => boolean;
  /** Whether an attempt finds provider-adapter. */
  isAdapterThere: () => boolean;
  /** Stands between the gateway and the log. */
  append: (drafts: readonly EventDraft[], write: () => Promise<void>) => Promise<void>;
}

export interface JourneyBench extends Neighbourhood {
  readonly log: EventLog;
  readonly world: JourneyWorld;
  readonly conductCall: (incoming: IncomingCall) => Promise<ConductedCall>;
  readonly underWay: ReadonlySet<Promise<void>>;
  readonly settled: SettleRequest[];
  readonly released: string[];
  readonly admissions: AdmitRequest[];
  readonly attempts: AttemptRequest[];
  readonly submitted: SubmitRequest[];
  readonly steps: (BatchStepName | JourneyStep)[];
  readonly alarms: string[];
  /** Events of each durable append, by the last word of their type. */
  readonly commits: string[][];
  readonly halt: AbortController;
  /** Events of the gateway in the log, oldest first: the last word of the type and the payload. */
  events(): Promise<readonly GatewayEvent[]>;
  /** Resolves when no call is under way any more. */
  quiet(): Promise<void>;
  /** Ends everything in good order; done after each test, too. */
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly settings?: Partial<JourneySettings>;
  readonly clock?: Clock;
  /** A folder that outlives the bench; one of its own when absent. */
  readonly folder?: string;
  /** Another gateway, whose answers and secret it shares. */
  readonly beside?: JourneyBench;
}

const openBenches: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const bench of openBenches.splice(0)) await bench.close();
});

export async function openJourneyBench(options: BenchOptions = {}): Promise<JourneyBench> {
  const clock = options.clock ?? systemClock();
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'waybill-journey-')));
  const log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  const producer = await log.openProducer('gateway');
  const deriveKey = await openSecret(join(folder, 'gateway.secret'));
  const seen = {
    settled: [],
    released: [],
    admissions: [],
    attempts: [],
    submitted: [],
    steps: [],
    alarms: [],
    commits: [],
  };
  const bench: JourneyBench = { ...seen, ...wellBehaved(), log } as unknown as JourneyBench;
  const transport = createInProcessTransport(offersOf(bench), { onError: () => undefined });
  const halt = new AbortController();
  const settings = {
    ...journeySettings({ evaluator: { enabled: true, queueSize: 1 }, presets: [], providers: [] }),
    ...options.settings,
  };
  const alarm = (kind: string) => bench.alarms.push(kind);
  const write = async (drafts: readonly EventDraft[]) => {
    await producer.append(drafts);
    bench.commits.push(drafts.map(({ type }) => lastWord(type)));
  };
  const append = async (drafts: readonly EventDraft[]) => {
    await bench.append(drafts, () => write(drafts));
    return { position: 0n, duplicates: 0 };
  };
  const limits = transport.client(LimitServiceDefinition);
  const selector = transport.client(SelectorServiceDefinition);
  const sightings = keepSightings();
  const world: JourneyWorld = {
    neighbours: {
      selector,
      limits,
      providers: reachable(transport.client(ProviderServiceDefinition), bench),
      evaluator: transport.client(EvaluatorServiceDefinition),
    },
    rank: createRanker({ selector, settings, clock, sightings }),
    sightings,
    tell: { limits, timeoutMs: 1_000, signal: halt.signal, alarm },
    books: keepBooks({
      producer: { append },
      durableWithinMs: settings.durableWithinMs,
      isOurs: () => bench.hasName(),
      superseded: () => bench.alarms.push('superseded'),
      alarm,
    }),
    answers:
      options.beside?.world.answers ??
      (await openAnswerFiles({
        directory: join(folder, 'answers'),
        key: deriveKey('answers'),
        retentionMs: 60_000,
        maxBytes: 1_000_000,
        nowMs: Date.now,
      })),
    digests: options.beside?.world.digests ?? hmacDigests(deriveKey),
    meters: {
      callOver: () => undefined,
      callRefused: () => undefined,
      attemptOver: () => undefined,
      notHeard: () => undefined,
    },
    spans: untraced,
    reached: (step) => bench.steps.push(step),
    random: () => 0,
    newId: idSource(clock),
    settings,
    clock,
    halt: halt.signal,
    alarm,
  };
  const conducting = conductCalls(world);
  const quiet = async () => {
    while (conducting.underWay.size > 0) await Promise.allSettled(conducting.underWay);
  };
  const end = async () => {
    halt.abort();
    await quiet();
    world.books.close();
    await producer.close();
    await log.close();
    await transport.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  let ended: Promise<void> | undefined;
  const close = () => {
    ended ??= end();
    return ended;
  };
  openBenches.push({ close });
  return Object.assign(bench, { world, ...conducting, halt, quiet, close, events: () => gatewayEvents(log) });
}

function offersOf(bench: JourneyBench) {
  return [
    offer(SelectorServiceDefinition, {
      rank: () => bench.rank(),
      listModels: async () => ({ models: [] }),
      reportOutcome: async () => ({}),
    }),
    offer(LimitServiceDefinition, {
      async admit(request) {
        bench.admissions.push(request);
        return bench.admit(request);
      },
      async settle(request) {
        await bench.settle(request);
        bench.settled.push(request);
        return { overrunPicoUsd: 0n };
      },
      async release({ attemptId, tenantId }) {
        if (tenantId === '') throw new TypeError(`the release of ${attemptId} says not whose it is`);
        bench.released.push(attemptId);
        return {};
      },
      listBudgets: async () => ({ budgets: [] }),
      listLimits: async () => ({ limits: [] }),
    }),
    offer(ProviderServiceDefinition, {
      attempt(request, context) {
        bench.attempts.push(request);
        return bench.provider(request, context);
      },
      countTokens: async () => ({ inputTokens: undefined }),
      listProviders: async () => ({ providers: [] }),
      listUpstreamModels: async () => ({ providers: [] }),
      ...noBatches,
    }),
    offer(EvaluatorServiceDefinition, {
      async submit(request) {
        bench.submitted.push(request);
        return { accepted: true };
      },
      evaluate: async () => ({ score: undefined }),
    }),
  ];
}

const notHere = () => Promise.reject(new FaultError(fault('invalid', 'the bench takes no batches')));
const noBatches = {
  submitBatch: notHere,
  findBatch: notHere,
  getBatch: notHere,
  cancelBatch: notHere,
  readBatch: async function* () {},
};

/** A client whose calls may find nobody. */
function reachable(
  providers: Client<ProviderServiceDefinition>,
  bench: Neighbourhood,
): Client<ProviderServiceDefinition> {
  return {
    ...providers,
    attempt: (request, options) => (bench.isAdapterThere() ? providers.attempt(request, options) : neverBegun()),
  };
}

// biome-ignore lint/correctness/useYield: it ends before anything came
async function* neverBegun() {
  throw new FaultError(fault('unavailable', 'nobody listens', { details: { reason: 'not_sent' } }));
}

function wellBehaved(): Neighbourhood {
  return {
    rank: async () => ranking([candidate('fast')]),
    admit: async () => admitted(0),
    settle: async () => undefined,
    provider: () => answering('hello ', 'world'),
    hasName: () => true,
    isAdapterThere: () => true,
    append: (_, write) => write(),
  };
}

export function candidate(modelId: string, more: Partial<Candidate> = {}): Candidate {
  return Candidate.fromPartial({
    modelId,
    providerId: 'sim',
    providerKind: 'openai-compatible',
    upstreamModel: `${modelId}-1`,
    contextWindow: 8_000,
    maxOutputTokens: 100,
    simulated: true,
    priceCard: { priceVersion: 'v1', row: { prices: { input: 150_000n, output: 600_000n } } },
    ...more,
  });
}

export function ranking(candidates: readonly Candidate[], policy = { retries: 2, whole: false }): RankResponse {
  return Ranking.fromPartial({ candidates: [...candidates], policy, strategy: 'ordered', registryVersion: 'r1' });
}

export function admitted(optionIndex: number, notAfterMicros = 1n << 60n): AdmitResponse {
  const admission = Admission.fromPartial({ optionIndex, notAfterMicros, reserved: ['b'], admittedAtMicros: 7n });
  return { decision: { $case: 'admission', value: admission } };
}

export const text = (value: string): ReplyPart => ({ part: { $case: 'text', value: { text: value } } });
export const partOf = (value: ReplyPart): AttemptResponse => ({ update: { $case: 'part', value } });

export function resultOf(more: Partial<AttemptResult> = {}): AttemptResponse {
  return { update: { $case: 'result', value: { ...AttemptResult.create(), ...more } } };
}

export const usage: Usage = {
  ...Usage.create(),
  source: UsageSource.REPORTED,
  inputTokens: 12,
  outputTokens: 3,
};

export const complete: Partial<AttemptResult> = {
  usage,
  rawUsage: Buffer.from('{"prompt_tokens":12}'),
  finish: { reason: FinishReason.STOP, rawReason: 'stop', stopSequence: '', filterCategories: [] },
};

/** A provider that answers with these pieces of text, and completely. */
export async function* answering(...pieces: string[]): AsyncGenerator<AttemptResponse> {
  yield partOf({ part: { $case: 'started', value: { providerReplyId: 'r', reportedModel: 'fast-2026' } } });
  for (const piece of pieces) yield partOf(text(piece));
  yield partOf({ part: { $case: 'usage', value: usage } });
  yield partOf({ part: { $case: 'finish', value: complete.finish! } });
  yield resultOf(complete);
}

/** A provider that gives these vectors. */
export async function* embeddingEach(...vectors: number[][]): AsyncGenerator<AttemptResponse> {
  const embeddingUsage = { ...usage, outputTokens: 0 };
  for (const [index, values] of vectors.entries()) {
    yield partOf({ part: { $case: 'embedding', value: { index, values } } });
  }
  yield resultOf({ ...complete, usage: embeddingUsage });
}

/** A provider that fails, after these pieces of text. */
export async function* failing(because: Fault, more: Partial<AttemptResult>, ...pieces: string[]) {
  for (const piece of pieces) yield partOf(text(piece));
  yield resultOf({ fault: toFaultMessage(because), ...more });
}

export interface IncomingOptions extends Partial<IncomingCall> {
  readonly stream?: boolean;
  readonly prompt?: string;
}

export function incoming({ stream = true, prompt = 'say hello', ...more }: IncomingOptions = {}): IncomingCall {
  const messages = [{ role: 2, parts: [{ part: { $case: 'text', value: { text: prompt } } }] }] as const;
  const call = Call.fromPartial({
    model: 'smart',
    task: {
      $case: 'chat',
      value: { stream, messages: messages.map((message) => ({ ...message, parts: [...message.parts] })) },
    },
  });
  return {
    call,
    dialect: 'grpc',
    attribution: { tenantId: 'acme', projectId: 'p', keyId: 'k', user: '', agentType: '', runId: '', tags: [] },
    bodyBytes: 50,
    traceHeaders: {},
    signal: new AbortController().signal,
    arrivedAtMs: performance.now(),
    ...more,
  };
}

/** Everything of an answer: its text, the other parts by name, and the fault it broke off with. */
export async function readAll(call: ConductedCall): Promise<{ text: string; kinds: string[]; fault?: Fault }> {
  const kinds: string[] = [];
  let whole = '';
  try {
    for await (const { part } of call.parts) {
      kinds.push(part?.$case ?? 'none');
      if (part?.$case === 'text') whole += part.value.text;
    }
  } catch (thrown) {
    if (!(thrown instanceof FaultError)) throw thrown;
    return { text: whole, kinds, fault: thrown.fault };
  }
  return { text: whole, kinds };
}

/** The fault that a call is refused with. */
export async function refusalOf(call: Promise<ConductedCall>): Promise<Fault> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof FaultError) return thrown.fault;
    throw thrown;
  }
  throw new Error('the call was not refused');
}

export async function until(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await sleep(2);
  }
}

async function gatewayEvents(log: EventLog) {
  const found: GatewayEvent[] = [];
  for await (const batch of log.read(0n)) {
    for (const { envelope } of batch) {
      if (!envelope.type.startsWith('waybill.gateway')) continue;
      const payload = eventTypes.get(envelope.type)!.decode(envelope) as Readonly<Record<string, unknown>>;
      found.push({ type: lastWord(envelope.type), payload, occurredAtMicros: envelope.occurredAtMicros });
    }
  }
  return found;
}

function lastWord(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
