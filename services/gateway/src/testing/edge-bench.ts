// The HTTP edge on a real socket, in front of a journey that does as it is told.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { Configuration } from '@waybill/config';
import {
  CallSummary,
  FinishReason,
  ModelListing,
  RankResponse,
  ReplyPart,
  Usage,
  UsageSource,
  type Warning,
} from '@waybill/contracts';
import type { EventDraft } from '@waybill/event-log';
import { FaultError, fault, Secret } from '@waybill/kernel';
import { idSource, systemClock } from '@waybill/service';
import { createLogger, createMetrics, untraced } from '@waybill/telemetry';
import { openAdminToken } from '../admin/token.ts';
import type { ConductCall, ConductedCall, IncomingCall } from '../conduct.ts';
import { createEdge, type Edge, type EdgeOptions } from '../http/edge.ts';
import { openCallers } from '../keys/callers.ts';

export const teamKey = 'team-a-secret-key';

export interface EdgeBench {
  readonly url: string;
  readonly edge: Edge;
  readonly dataDirectory: string;
  readonly adminToken: string;
  readonly configuration: Configuration;
  /** Calls that reached the journey. */
  readonly incoming: IncomingCall[];
  /** What was told of the first key. */
  readonly firstKeys: string[];
  readonly written: EventDraft[];
  /** What the journey does; may be replaced in the middle of a test. */
  conduct: ConductCall;
}

export interface EdgeSettings {
  readonly callers?: 'open' | 'keys';
  readonly keys?: Configuration['keys'];
  readonly maxBodyBytes?: number;
  readonly stallMs?: number;
  readonly defaultModel?: string;
  readonly presets?: Configuration['presets'];
  /** Default: any free one. */
  readonly port?: number;
  readonly neighbours?: Partial<Pick<EdgeOptions, Neighbour>>;
}

async function* nothingNew(): AsyncGenerator<never> {}

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export async function openEdgeBench(settings: EdgeSettings = {}): Promise<EdgeBench> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'waybill-edge-'));
  closing.push(() => rm(dataDirectory, { recursive: true, force: true }));
  const configuration = configurationOf(settings, dataDirectory);
  const clock = systemClock();
  const noted = { incoming: [] as IncomingCall[], firstKeys: [] as string[], written: [] as EventDraft[] };
  const life = new AbortController();
  closing.push(async () => life.abort());
  const callers = await openCallers({
    configuration,
    dataDirectory,
    clock,
    pepper: Buffer.alloc(32, 7),
    events: { readStream: async () => [], subscribe: nothingNew },
    from: 0n,
    signal: life.signal,
    onFailed: () => undefined,
    append: async (drafts) => noted.written.push(...drafts),
    newId: idSource(clock),
    onFirstKey: (text) => noted.firstKeys.push(text),
  });
  const adminToken = await openAdminToken(dataDirectory);
  const behaviour: { conduct: ConductCall } = { conduct: async (incoming) => answering(incoming) };
  const edge = createEdge({
    configuration,
    callers,
    adminToken,
    clock,
    conduct(incoming) {
      noted.incoming.push(incoming);
      return behaviour.conduct(incoming);
    },
    digests: { ofUser: (tenantId, user) => (user === '' ? '' : `u_${tenantId}_${user.length}`) },
    log: createLogger({ level: 'silent', process: 'test' }),
    metrics: createMetrics({ processMetrics: false }),
    spans: untraced,
    batches: noBatches,
    uploads: noUploads,
    readiness: { isReady: () => true, details: () => ({ books: 'open' }) },
    ...(settings.stallMs !== undefined && { stallMs: settings.stallMs }),
    ...neighbours,
    ...settings.neighbours,
  });
  const { port } = await edge.open();
  closing.push(() => edge.drain(AbortSignal.timeout(200)));
  const listening = { ...configuration, server: { ...configuration.server, httpPort: port } };
  return Object.assign(behaviour, noted, {
    url: `http://127.0.0.1:${port}`,
    edge,
    dataDirectory,
    adminToken: adminToken.reveal(),
    configuration: listening,
  });
}

function configurationOf(settings: EdgeSettings, dataDirectory: string): Configuration {
  const { callers = 'open', keys = [], maxBodyBytes = 65_536, port: httpPort = 0 } = settings;
  const server = { host: '127.0.0.1', httpPort, grpcPort: 0, maxBodyBytes, graceMs: 1_000 };
  const { defaultModel, presets = [] } = settings;
  const routing = { defaultModel, fallbacks: [], retries: 2 };
  const rest = { callers, keys, server, routing, presets, storage: { dataDirectory } };
  return rest as unknown as Configuration;
}

export function configuredKey(): Configuration['keys'][number] {
  return { id: 'team-a', secret: new Secret(teamKey), tenant: 'acme', project: 'search' };
}

const refused = () => Promise.reject(new FaultError(fault('invalid', 'the bench takes no batches')));
const noBatches: EdgeOptions['batches'] = {
  open: refused,
  find: refused,
  list: refused,
  cancel: refused,
  results: async function* () {},
};

const noUploads: EdgeOptions['uploads'] = { add: refused, find: refused, remove: refused };

type Neighbour = 'selector' | 'limits' | 'providers' | 'tenantKeys' | 'cost';

const notHere = async () => {
  throw new FaultError(fault('unavailable', 'nobody keeps keys of tenants here'));
};

const neighbours: Pick<EdgeOptions, Neighbour> = {
  selector: {
    listModels: async () => ({
      models: ['fast', 'vendor/model'].map((id) => ModelListing.fromPartial({ id, ownedBy: 'sim', available: true })),
    }),
    rank: async ({ model }) => {
      const candidate = {
        modelId: model,
        providerId: 'sim',
        providerKind: 'anthropic',
        upstreamModel: `${model}-2026`,
      };
      return RankResponse.fromPartial({ candidates: [candidate] });
    },
  },
  limits: { listBudgets: async () => ({ budgets: [] }), listLimits: async () => ({ limits: [] }) },
  providers: {
    listProviders: async () => ({ providers: [] }),
    listUpstreamModels: async () => ({ providers: [] }),
    countTokens: async () => ({ inputTokens: 41 }),
  },
  tenantKeys: {
    storeTenantKey: notHere,
    listTenantKeys: notHere,
    replaceTenantKey: notHere,
    removeTenantKey: notHere,
    rewrapTenantKeys: notHere,
  },
  cost: { getSpend: async () => ({ spends: [] }), explainCall: async () => ({ steps: [] }) },
};

export const part = (fields: Parameters<typeof ReplyPart.fromPartial>[0]) => ReplyPart.fromPartial(fields);
export const text = (value: string) => part({ part: { $case: 'text', value: { text: value } } });
export const started = part({
  part: { $case: 'started', value: { reportedModel: 'fast-2026', providerReplyId: 'r1' } },
});

export const usage = Usage.fromPartial({
  inputTokens: 7,
  cacheReadTokens: 2,
  outputTokens: 4,
  reasoningTokens: 1,
  source: UsageSource.REPORTED,
});

/** The last two parts of a complete answer. */
export function ending(reason: FinishReason = FinishReason.STOP): ReplyPart[] {
  return [
    part({ part: { $case: 'usage', value: usage } }),
    part({ part: { $case: 'finish', value: { reason, rawReason: 'done' } } }),
  ];
}

export function toolCall(index: number, id: string, name: string): ReplyPart {
  return part({ part: { $case: 'toolCallStarted', value: { index, id, name } } });
}

export function toolArguments(index: number, fragment: string): ReplyPart {
  return part({ part: { $case: 'toolCallArguments', value: { index, fragment } } });
}

export interface AnswerScript {
  readonly parts?: AsyncIterable<ReplyPart> | Iterable<ReplyPart>;
  readonly warnings?: readonly Warning[];
}

/** A call that is answered; with `hello world` unless told otherwise. */
export function answering(_incoming: IncomingCall, script: AnswerScript = {}): ConductedCall {
  const { parts = [started, text('hello '), text('world'), ...ending()], warnings = [] } = script;
  return {
    callId: 'call_1',
    createdAtMicros: 1_795_000_000_000_000n,
    modelId: 'fast',
    providerId: 'sim',
    reportedModel: 'fast-2026',
    attempts: 1,
    simulated: true,
    repeated: false,
    warnings,
    parts: (async function* () {
      yield* parts;
    })(),
    overheadMicros: () => 420,
    summary: () =>
      CallSummary.fromPartial({
        callId: 'call_1',
        modelId: 'fast',
        costPicoUsd: 525_300_000n,
        attempts: 1,
        elapsedMs: 1_250,
      }),
  };
}
