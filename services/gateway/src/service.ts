// The wiring of the gateway: the log, its neighbours and its secret -> calls conducted, over gRPC and HTTP.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CostServiceDefinition,
  EvaluatorServiceDefinition,
  GenerationServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
  TenantKeyServiceDefinition,
} from '@waybill/contracts';
import type { EventProducer, Position } from '@waybill/event-log';
import { type Fault, faultOf } from '@waybill/kernel';
import {
  type EdgeTls,
  type GrpcServer,
  type Offer,
  offer,
  openEdgeTls,
  plainTextBehindProxy,
  startGrpcServer,
} from '@waybill/rpc';
import type { RunningProjection, RunningService, ServiceContext, ServiceDefinition } from '@waybill/service';
import { edgeHook } from '@waybill/telemetry';
import { claimFolder, type FolderClaim } from './adapters/folder-claim.ts';
import { hmacDigests } from './adapters/hmac-digests.ts';
import { openAnswers, openUploads } from './adapters/kept-for-a-time.ts';
import { agreeOnSecret } from './adapters/mongo-secret-check.ts';
import { observedProducer } from './adapters/observed-producer.ts';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { type DeriveKey, fingerprintOf, openSecret, readSecret } from './adapters/secret-file.ts';
import { adminCommands } from './admin/commands.ts';
import { openAdminToken } from './admin/token.ts';
import { type Batches, createBatches } from './batches/batches.ts';
import { followBatches } from './batches/follow-batches.ts';
import { keepUploads, type Uploads } from './batches/uploads.ts';
import type { ConductCall } from './conduct.ts';
import { type JourneySettings, journeySettings } from './config.ts';
import { createEdge, type Edge } from './http/edge.ts';
import { announceFirstKey } from './keys/announce.ts';
import { type Callers, openCallers } from './keys/callers.ts';
import type { Steps } from './ports.ts';
import { openCallsProjection } from './projections/open-calls.ts';
import { generationHandlers } from './rpc/generation.ts';
import type { JourneyWorld } from './usecases/call-under-way.ts';
import { type Conducting, conductCalls } from './usecases/conduct-call.ts';
import { drainCalls } from './usecases/drain-calls.ts';
import { estimateCosts } from './usecases/estimate-cost.ts';
import { type HeldName, holdName } from './usecases/hold-name.ts';
import { keepBooks } from './usecases/keep-books.ts';
import { createRanker } from './usecases/ranker.ts';
import { runSweeper } from './usecases/run-sweeper.ts';
import { keepSightings } from './usecases/sightings.ts';
import { watchDeadGateways } from './usecases/sweep-dead-gateways.ts';
import type { Swept } from './usecases/sweep-lost-calls.ts';
import { sweepOwnCalls } from './usecases/sweep-own-calls.ts';
import { settleAttempt, type TellOptions, tenantIn } from './usecases/tell-limits.ts';
import { type ReadinessWatch, watchReadiness } from './usecases/watch-readiness.ts';

/** What calls that do not end within the grace time have left to be written down, milliseconds. */
const farewellMs = 3_000;

/** How often it is looked which batches are due, milliseconds. */
const followBatchesMs = 500;

/** How long a stop waits for the sweeper to finish what it is doing, milliseconds. */
const sweepEndMs = 2_000;

export const gatewayService: ServiceDefinition = {
  name: 'gateway',
  commands: adminCommands,
  async start(context) {
    const folder = await claimFolder(context.dataDirectory);
    const life = new AbortController();
    let name: HeldName | undefined;
    const letGo = async () => {
      life.abort();
      await name?.release();
      folder.release();
    };
    try {
      name = await ownName(context, folder);
      return await startUnder(context, { name, life, letGo });
    } catch (thrown) {
      await letGo();
      throw thrown;
    }
  },
};

/** What a gateway has to itself as long as it runs. */
interface Tenure {
  readonly name: HeldName;
  /** Aborts when nothing is to go on in the background any more. */
  readonly life: AbortController;
  letGo(): Promise<void>;
}

async function startUnder(context: ServiceContext, { name, life, letGo }: Tenure): Promise<RunningService> {
  const { clock, configuration } = context;
  const settings = journeySettings(configuration);
  const deriveKey = await secretOf(context);
  const producer = await context.openProducer();
  const halt = new AbortController();
  const tell = tellLimits(context, settings, halt.signal);
  const openCalls = await context.project(openCallsProjection);
  const from = await openCalls.partition.checkpoint();
  const sweeping = await sweep(context, { producer, openCalls, tell, settings, signal: life.signal });
  const world = await worldOf(context, { producer, name, settings, tell, deriveKey, halt: halt.signal });
  const { conductCall, underWay } = conductCalls(world);
  const { batches, followed } = batchesOf(context, world, { producer, readModel: openCalls, signal: life.signal });
  watch(context, { books: world.books, underWay });
  const callers = await callersOf(context, { producer, deriveKey, from, signal: life.signal });
  const { authenticate } = callers;
  const handlers = generationHandlers({
    conductCall,
    estimateCost: estimateCosts(world),
    authenticate,
    digests: world.digests,
    clock,
    defaultModel: configuration.routing.defaultModel,
  });
  let grpc: GrpcServer | undefined;
  const readiness = watchReadiness({
    ...world,
    name,
    signal: life.signal,
    onChange: (isReady) => grpc?.reportHealth(isReady ? 'SERVING' : 'NOT_SERVING'),
  });
  const tls = await edgeTlsOf(context);
  const uploads = keepUploads({
    store: await openUploads(context, deriveKey('uploads')),
    newId: () => context.newId('file'),
    nowMicros: clock.nowMicros,
  });
  const edge = await edgeOf(context, world, { conduct: conductCall, callers, batches, uploads, readiness, tls });
  const offers = [offer(GenerationServiceDefinition, handlers)];
  return {
    offers,
    async open() {
      grpc = await listen(context, offers, tls);
      return [await edge.open(), { protocol: 'grpc', host: configuration.server.host, port: grpc.port }];
    },
    async drain(grace) {
      life.abort();
      const { graceMs } = configuration.server;
      const calls = drainCalls({ underWay, grace, halt, farewellMs });
      await Promise.all([edge.drain(grace), grpc?.drain({ graceMs }), calls]);
    },
    async close() {
      await grpc?.stop();
      tls?.close();
      world.books.close();
      await sweeping.over();
      await followed();
      await producer.close().finally(letGo);
    },
  };
}

/** Held from before anything is written to after the last. */
function ownName(context: ServiceContext, { folderId }: FolderClaim): Promise<HeldName> {
  const { leases, producerId, configuration, log, alarm, fail } = context;
  const { network, server } = configuration;
  return holdName({
    leases,
    producerId,
    details: { address: network.advertise ?? `${server.host}:${server.grpcPort}`, folder: folderId },
    isGone: ({ details }) => details.folder === folderId,
    ttlMs: journeySettings(configuration).nameTtlMs,
    onLost: () => alarm('name_not_held', { producer: producerId }),
    onBack: () => log.warn({ producer: producerId }, 'the name of this gateway is held again'),
    onGone: () => fail(`${producerId} was away for so long that another gateway has ended its calls`),
  });
}

function tellLimits(
  context: ServiceContext,
  { afterwardsTimeoutMs }: JourneySettings,
  signal: AbortSignal,
): TellOptions {
  const limits = context.client(LimitServiceDefinition, { affinity: tenantIn });
  return { limits, timeoutMs: afterwardsTimeoutMs, signal, alarm: context.alarm };
}

interface SweepMeans {
  readonly producer: EventProducer;
  readonly openCalls: RunningProjection;
  readonly tell: TellOptions;
  readonly settings: JourneySettings;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Resolves when what an earlier process of this name has left open is ended, or has been waited for long enough. */
async function sweep(context: ServiceContext, { producer, openCalls, tell, settings, signal }: SweepMeans) {
  const { log, alarm, metrics } = context;
  const ended = metrics.counter('waybill_calls_swept_total', 'Calls that a gateway left open, ended by this one.');
  const sweeping = {
    ...context,
    openCalls,
    onSwept(producerId: string, { calls, settlements, conflicts }: Swept) {
      ended.inc(calls);
      if (calls > 0) log.warn({ calls, producer: producerId }, 'ended calls that a gateway has left open');
      for (const request of settlements) settleAttempt(request, tell);
      if (conflicts.length > 0) alarm('calls_not_ended', { producer: producerId, calls: conflicts });
    },
    onFailed(producerId: string, because: Fault) {
      if (because.kind === 'unavailable')
        log.warn({ err: because, producer: producerId }, 'calls left open stay so for now');
      else alarm('sweep_failed', { err: because, producer: producerId });
    },
  };
  const own = sweepOwnCalls({ ...sweeping, producer, signal });
  await Promise.race([own, sleep(settings.sweepFirstMs, undefined, { ref: false })]);
  const others = runSweeper({
    leases: context.leases,
    leaseName: 'sweeper/gateway',
    ttlMs: settings.nameTtlMs,
    everyMs: settings.sweepEveryMs,
    signal,
    begin: () => watchDeadGateways(sweeping),
    onFailed: (because) => sweeping.onFailed('', because),
  });
  return {
    /** What waits for the log or the read model may wait for ever, and is not waited for. */
    over: () => Promise.race([Promise.all([own, others]), sleep(sweepEndMs, undefined, { ref: false })]),
  };
}

/** One that is configured has to be there: replicas that each made their own would not understand each other. */
async function secretOf({ configuration, dataDirectory, mongodb }: ServiceContext): Promise<DeriveKey> {
  const { secretFile } = configuration.server;
  const file = secretFile ?? join(dataDirectory, 'gateway.secret');
  const deriveKey = secretFile === undefined ? await openSecret(file) : await readSecret(file);
  if (mongodb) await agreeOnSecret(mongodb, fingerprintOf(deriveKey), file);
  return deriveKey;
}

interface JourneyMeans {
  readonly producer: EventProducer;
  readonly name: HeldName;
  readonly settings: JourneySettings;
  readonly tell: TellOptions;
  readonly deriveKey: DeriveKey;
  readonly halt: AbortSignal;
}

async function worldOf(context: ServiceContext, means: JourneyMeans): Promise<JourneyWorld> {
  const { clock, alarm } = context;
  const { producer, name, settings, tell, deriveKey, halt } = means;
  const selector = context.client(SelectorServiceDefinition);
  const sightings = keepSightings();
  return {
    neighbours: {
      selector,
      limits: context.client(LimitServiceDefinition, { affinity: tenantIn }),
      providers: context.client(ProviderServiceDefinition),
      evaluator: context.client(EvaluatorServiceDefinition),
    },
    rank: createRanker({ selector, settings, clock, sightings }),
    sightings,
    tell,
    books: keepBooks({
      producer: observedProducer(producer, context),
      durableWithinMs: settings.durableWithinMs,
      isOurs: name.isHeld,
      superseded: () => context.fail(`another process writes as ${producer.producerId} by now`),
      alarm,
    }),
    answers: await openAnswers(context, deriveKey('answers')),
    digests: hmacDigests(deriveKey),
    meters: prometheusMeters(context.metrics),
    spans: context.spans,
    reached: stepsIn(context),
    random: Math.random,
    newId: context.newId,
    settings,
    clock,
    halt,
    alarm,
  };
}

function watch(
  { metrics }: ServiceContext,
  { books, underWay }: Pick<JourneyWorld, 'books'> & Pick<Conducting, 'underWay'>,
): void {
  metrics.watch('waybill_books_open', '1 while calls are taken in, 0 while the log cannot be written.', {
    read: () => [{ value: books.isOpen() ? 1 : 0 }],
  });
  metrics.watch('waybill_calls_under_way', 'Calls that are not settled yet.', {
    read: () => [{ value: underWay.size }],
  });
}

interface BatchMeans {
  readonly producer: EventProducer;
  readonly readModel: RunningProjection;
  /** Follows them no further. */
  readonly signal: AbortSignal;
}

/** Batches, and one of the gateways following them. */
function batchesOf(context: ServiceContext, world: JourneyWorld, { signal, ...means }: BatchMeans) {
  const { leases, events, log } = context;
  const batchWorld = { ...world, ...means, events, underWay: new Set<string>() };
  const failed = (batch: string | undefined, err: Fault) =>
    err.kind === 'unavailable'
      ? log.warn({ err, batch }, 'a batch is not followed for the moment')
      : context.alarm('batch_not_followed', { err, batch });
  const following = runSweeper({
    ...{ leases, leaseName: 'batches/gateway', signal },
    ttlMs: world.settings.nameTtlMs,
    everyMs: followBatchesMs,
    begin: () => followBatches(batchWorld, { signal, onFailed: failed }),
    onFailed: (because) => failed(undefined, because),
  });
  const followed = () => Promise.race([following, sleep(sweepEndMs, undefined, { ref: false })]);
  return { batches: createBatches(batchWorld), followed };
}

/** With the log at `debug`, each point of a journey is a line. */
function stepsIn({ log }: ServiceContext): Steps {
  if (!log.isLevelEnabled('debug')) return () => undefined;
  return (step, callId) => log.debug({ step, call_id: callId }, 'journey step');
}

interface CallersMeans {
  readonly producer: EventProducer;
  readonly deriveKey: DeriveKey;
  /** A place in the log that is passed for certain. */
  readonly from: Position;
  readonly signal: AbortSignal;
}

function callersOf(context: ServiceContext, { producer, deriveKey, from, signal }: CallersMeans): Promise<Callers> {
  return openCallers({
    ...context,
    from,
    signal,
    pepper: deriveKey('virtual-keys'),
    append: (drafts) => producer.append(drafts),
    onFirstKey: announceFirstKey,
    onFailed: (because) => context.log.warn({ err: because }, 'keys of other gateways are not heard of for the moment'),
  });
}

interface EdgeMeans {
  readonly readiness: ReadinessWatch;
  readonly conduct: ConductCall;
  readonly callers: Callers;
  readonly batches: Batches;
  readonly uploads: Uploads;
  readonly tls: EdgeTls | undefined;
}

async function edgeOf(context: ServiceContext, { neighbours, digests }: JourneyWorld, means: EdgeMeans): Promise<Edge> {
  return createEdge({
    ...context,
    ...means,
    ...neighbours,
    digests,
    tenantKeys: context.client(TenantKeyServiceDefinition),
    cost: context.client(CostServiceDefinition),
    adminToken: await openAdminToken(context.dataDirectory),
  });
}

/** The certificate that clients are shown; undefined where there is none. */
async function edgeTlsOf({ configuration, alarm }: ServiceContext): Promise<EdgeTls | undefined> {
  const { tls } = configuration.server;
  return tls && openEdgeTls(tls, { onError: (err) => alarm('certificates_not_renewed', { err: faultOf(err) }) });
}

function listen(
  { configuration, log, spans }: ServiceContext,
  offers: readonly Offer[],
  tls: EdgeTls | undefined,
): Promise<GrpcServer> {
  const { host, grpcPort, plainText } = configuration.server;
  return startGrpcServer({
    host,
    port: grpcPort,
    offers,
    credentials: tls?.server ?? (plainText ? plainTextBehindProxy() : undefined),
    onError: (error, method) => log.error({ err: error, method }, 'handler failed'),
    onIncomingCall: edgeHook(spans),
  });
}
