// The HTTP server: which path is served by what.
import type { Configuration } from '@waybill/config';
import type {
  CostServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import { type Clock, FaultError, type Secret } from '@waybill/kernel';
import type { Client, EdgeTls } from '@waybill/rpc';
import type { ListeningAddress } from '@waybill/service';
import type { Logger, Metrics, Spans } from '@waybill/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { demandManager, providerKeyRoutes, type TenantKeys } from '../admin/provider-keys.ts';
import { adminErrors, adminRoutes } from '../admin/routes.ts';
import type { Batches } from '../batches/batches.ts';
import type { Uploads } from '../batches/uploads.ts';
import type { ConductCall } from '../conduct.ts';
import { anthropicMessages } from '../dialects/anthropic/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { mistralChat } from '../dialects/mistral/index.ts';
import { openaiChat } from '../dialects/openai/index.ts';
import { openaiCompletions } from '../dialects/openai-completions/index.ts';
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts';
import { openaiResponses } from '../dialects/openai-responses/index.ts';
import { waybillChat } from '../dialects/waybill/index.ts';
import { waybillGenerate } from '../dialects/waybill-generate/index.ts';
import type { Callers } from '../keys/callers.ts';
import type { Digests } from '../ports.ts';
import type { ReadinessWatch } from '../usecases/watch-readiness.ts';
import { countPrompt } from './count-route.ts';
import { aiHealth, live, ready } from './health-routes.ts';
import { type JsonAnswer, serveJson } from './json-answer.ts';
import { addMessageBatches } from './message-batches.ts';
import { listModels, showModel } from './model-routes.ts';
import { addOpenAiBatches } from './openai-batches.ts';
import { foreignRequest } from './same-machine.ts';
import { type CallServing, serveCalls } from './serve-call.ts';
import { createServer, listen } from './server.ts';
import { watchUnusedConnections } from './unused-connections.ts';

/** What the edge works with. */
export interface EdgeOptions {
  readonly configuration: Pick<Configuration, 'server' | 'callers' | 'routing' | 'presets'>;
  readonly conduct: ConductCall;
  readonly callers: Callers;
  readonly batches: Batches;
  readonly uploads: Uploads;
  readonly digests: Pick<Digests, 'ofUser'>;
  readonly adminToken: Secret;
  readonly selector: Pick<Client<SelectorServiceDefinition>, 'listModels' | 'rank'>;
  readonly limits: Pick<Client<LimitServiceDefinition>, 'listBudgets' | 'listLimits'>;
  readonly providers: Pick<Client<ProviderServiceDefinition>, 'listProviders' | 'listUpstreamModels' | 'countTokens'>;
  readonly tenantKeys: TenantKeys;
  readonly cost: Pick<Client<CostServiceDefinition>, 'getSpend' | 'explainCall'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly spans: Spans;
  /** Whether calls can be taken, besides what the edge knows itself, and what that rests on. */
  readonly readiness: ReadinessWatch;
  /** Undefined: plain text. */
  readonly tls?: Pick<EdgeTls, 'current' | 'onChange'> | undefined;
  /** A client that reads nothing for this long is cut off; default 60,000. */
  readonly stallMs?: number;
}

export interface Edge {
  /** Begins to listen. Throws a FaultError that names the address when that is not possible. */
  open(): Promise<ListeningAddress>;
  /** Takes in nothing new and finishes what is under way; the signal cuts it off. */
  drain(signal: AbortSignal): Promise<void>;
}

type Answer = (request: FastifyRequest) => Promise<JsonAnswer>;

export function createEdge(options: EdgeOptions): Edge {
  const { configuration, log } = options;
  const server = createServer({ configuration: configuration.server, log, tls: options.tls });
  const closeUnused = watchUnusedConnections(server.server);
  const state = { isDraining: false };
  addGuard(server, options);
  addCallRoutes(server, options);
  addReadRoutes(server, options, () => !state.isDraining && options.readiness.isReady());
  for (const { method, url, answer } of adminRoutes({
    ...options,
    token: options.adminToken,
    keys: options.callers.keys,
  })) {
    server.route({ method, url, handler: serveJson({ dialect: adminErrors, log, answer }) });
  }
  addProviderKeyRoutes(server, options);
  return {
    open: () => listen(server, configuration.server),
    async drain(signal) {
      state.isDraining = true;
      await closeServer(server, closeUnused, signal);
    },
  };
}

/** How often connections that have become idle are closed, milliseconds. */
const idleSweepMs = 20;

/** Resolves when every request is answered, or cut off because the signal aborted. */
async function closeServer(server: FastifyInstance, closeUnused: () => void, signal: AbortSignal): Promise<void> {
  const force = () => server.server.closeAllConnections();
  signal.addEventListener('abort', force, { once: true });
  if (signal.aborted) force();
  // A connection that is kept alive outlives its answer, and would hold the server open.
  const sweep = setInterval(() => {
    server.server.closeIdleConnections();
    closeUnused();
  }, idleSweepMs);
  await server.close();
  clearInterval(sweep);
  signal.removeEventListener('abort', force);
}

/** Where callers need no key, and for administration, web pages are kept out. */
function addGuard(server: FastifyInstance, { configuration }: EdgeOptions): void {
  const isOpen = configuration.callers === 'open';
  server.addHook('onRequest', (request, _reply, done) => {
    // By the route, since an address can be spelled in many ways.
    const isGuarded = isOpen || request.routeOptions.url?.startsWith('/admin/');
    const because = isGuarded ? foreignRequest(request.headers, configuration.server.host) : undefined;
    if (because === undefined) done();
    else done(new FaultError(because));
  });
}

function addCallRoutes(server: FastifyInstance, options: EdgeOptions): void {
  const answers = options.metrics.counter('waybill_http_answers_total', 'Answers to calls.', ['dialect', 'status']);
  const serving: CallServing = {
    ...options,
    authenticate: options.callers.authenticate,
    stallMs: options.stallMs ?? 60_000,
    defaultModel: options.configuration.routing.defaultModel,
    answered: (dialect, status) => answers.inc({ dialect, status }),
  };
  server.post('/v1/chat/completions', serveCalls(serving, openaiChat));
  server.post('/mistral/v1/chat/completions', serveCalls(serving, mistralChat));
  server.post('/v1/responses', serveCalls(serving, openaiResponses));
  server.post('/v1/completions', serveCalls(serving, openaiCompletions));
  server.post('/v1/embeddings', serveCalls(serving, openaiEmbeddings));
  server.post('/v1/messages', serveCalls(serving, anthropicMessages));
  const count = { ...options, authenticate: options.callers.authenticate };
  const counted = {
    dialect: anthropicMessages,
    log: options.log,
    answer: (request: FastifyRequest) => countPrompt(count, request),
  };
  server.post('/v1/messages/count_tokens', serveJson(counted));
  addMessageBatches(server, { ...options, authenticate: options.callers.authenticate });
  addOpenAiBatches(server, { ...options, authenticate: options.callers.authenticate });
  server.post('/api/ai/chat', serveCalls(serving, waybillChat));
  server.post('/api/generate', serveCalls(serving, waybillGenerate));
}

/** For tenants: what the operator has below /admin/v1/provider-keys. */
function addProviderKeyRoutes(server: FastifyInstance, { tenantKeys, callers, log }: EdgeOptions): void {
  for (const { method, path, answer } of providerKeyRoutes(tenantKeys)) {
    const seeTo: Answer = async (request) => answer(request, await demandManager(callers.authenticate, request));
    const handler = serveJson({ dialect: adminErrors, log, answer: seeTo });
    server.route({ method, url: `/api/provider-keys${path}`, handler });
  }
}

function addReadRoutes(server: FastifyInstance, options: EdgeOptions, isReady: () => boolean): void {
  const { log, clock, metrics, providers } = options;
  const startedAtMs = clock.monotonicMs();
  const get = (url: string, answer: Answer, dialect: Pick<Dialect, 'error'> = openaiChat) =>
    server.get(url, serveJson({ dialect, log, answer }));
  const listings = { selector: options.selector, authenticate: options.callers.authenticate };
  get('/v1/models', (request) => listModels(listings, request));
  get('/v1/models/*', (request) => showModel(listings, request));
  get('/healthz', live);
  get('/readyz', () => ready(isReady(), options.readiness.details()));
  const uptimeMs = () => clock.monotonicMs() - startedAtMs;
  get('/api/ai/health', () => aiHealth({ providers, isReady: isReady(), uptimeMs: uptimeMs() }), waybillChat);
  server.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
