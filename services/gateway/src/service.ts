// The wiring of the gateway: the log, its neighbours and its secret -> calls conducted, over gRPC and HTTP.
import { join } from 'node:path';
import {
  CostServiceDefinition,
  EvaluatorServiceDefinition,
  GenerationServiceDefinition,
  LimitServiceDefinition,
  ProviderServiceDefinition,
  SelectorServiceDefinition,
} from '@waybill/contracts';
import type { EventProducer } from '@waybill/event-log';
import { type GrpcServer, type Offer, offer, startGrpcServer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { edgeHook } from '@waybill/telemetry';
import { openAnswerFiles } from './adapters/encrypted-answer-files.ts';
import { hmacDigests } from './adapters/hmac-digests.ts';
import { observedProducer } from './adapters/observed-producer.ts';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { type DeriveKey, openSecret } from './adapters/secret-file.ts';
import { adminCommands } from './admin/commands.ts';
import { openAdminToken } from './admin/token.ts';
import type { ConductCall } from './conduct.ts';
import { journeySettings } from './config.ts';
import { createEdge, type Edge } from './http/edge.ts';
import { announceFirstKey } from './keys/announce.ts';
import { type Callers, openCallers } from './keys/callers.ts';
import type { Steps } from './ports.ts';
import { openCallsProjection } from './projections/open-calls.ts';
import { generationHandlers } from './rpc/generation.ts';
import type { JourneyWorld } from './usecases/call-under-way.ts';
import { type Conducting, conductCalls } from './usecases/conduct-call.ts';
import { drainCalls } from './usecases/drain-calls.ts';
import { keepBooks } from './usecases/keep-books.ts';
import { createRanker } from './usecases/ranker.ts';
import { type Swept, sweepLostCalls } from './usecases/sweep-lost-calls.ts';
import { settleAttempt } from './usecases/tell-limits.ts';

/** What calls that do not end within the grace time have left to be written down, milliseconds. */
const farewellMs = 3_000;

export const gatewayService: ServiceDefinition = {
  name: 'gateway',
  commands: adminCommands,
  async start(context) {
    const { clock, configuration } = context;
    const producer = await context.openProducer();
    const swept = await sweep(context, producer);
    const halt = new AbortController();
    const deriveKey = await openSecret(join(context.dataDirectory, 'gateway.secret'));
    const world = await worldOf(context, { producer, deriveKey, halt: halt.signal });
    const { conductCall, underWay } = conductCalls(world);
    watch(context, { books: world.books, underWay });
    const callers = await callersOf(context, producer, deriveKey);
    const { authenticate } = callers;
    const handlers = generationHandlers({ conductCall, authenticate, digests: world.digests, clock });
    const edge = await edgeOf(context, world, { conduct: conductCall, callers });
    const offers = [offer(GenerationServiceDefinition, handlers)];
    let grpc: GrpcServer | undefined;
    return {
      offers,
      async open() {
        for (const request of swept.settlements) settleAttempt(request, world.tell);
        grpc = await listen(context, offers);
        return [await edge.open(), { protocol: 'grpc', host: configuration.server.host, port: grpc.port }];
      },
      async drain(grace) {
        const { graceMs } = configuration.server;
        const calls = drainCalls({ underWay, grace, halt, farewellMs });
        await Promise.all([edge.drain(grace), grpc?.drain({ graceMs }), calls]);
      },
      async close() {
        await grpc?.stop();
        world.books.close();
        await producer.close();
      },
    };
  },
};

/** Nothing is taken in before what an earlier gateway left open has ended. */
async function sweep(context: ServiceContext, producer: EventProducer): Promise<Swept> {
  const openCalls = await context.project(openCallsProjection);
  await openCalls.waitFor(await context.events.end());
  const swept = await sweepLostCalls({ producer, openCalls: openCalls.partition, clock: context.clock });
  if (swept.calls > 0) context.log.warn({ calls: swept.calls }, 'ended calls that an earlier gateway left open');
  return swept;
}

interface JourneyMeans {
  readonly producer: EventProducer;
  readonly deriveKey: DeriveKey;
  readonly halt: AbortSignal;
}

async function worldOf(context: ServiceContext, { producer, deriveKey, halt }: JourneyMeans): Promise<JourneyWorld> {
  const { configuration, clock, alarm, dataDirectory } = context;
  const settings = journeySettings(configuration);
  const limits = context.client(LimitServiceDefinition);
  const selector = context.client(SelectorServiceDefinition);
  return {
    neighbours: {
      selector,
      limits,
      providers: context.client(ProviderServiceDefinition),
      evaluator: context.client(EvaluatorServiceDefinition),
    },
    rank: createRanker({ selector, settings, clock }),
    tell: { limits, timeoutMs: settings.afterwardsTimeoutMs, signal: halt, alarm },
    books: keepBooks({
      producer: observedProducer(producer, context),
      durableWithinMs: settings.durableWithinMs,
      alarm,
    }),
    answers: await openAnswerFiles({
      ...configuration.server.idempotency,
      directory: join(dataDirectory, 'answers'),
      key: deriveKey('answers'),
      nowMs: () => Number(clock.nowMicros() / 1000n),
    }),
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

/** With the log at `debug`, each point of a journey is a line. */
function stepsIn({ log }: ServiceContext): Steps {
  if (!log.isLevelEnabled('debug')) return () => undefined;
  return (step, callId) => log.debug({ step, call_id: callId }, 'journey step');
}

function callersOf(context: ServiceContext, producer: EventProducer, deriveKey: DeriveKey): Promise<Callers> {
  return openCallers({
    ...context,
    pepper: deriveKey('virtual-keys'),
    append: (drafts) => producer.append(drafts),
    onFirstKey: announceFirstKey,
  });
}

interface EdgeMeans {
  readonly conduct: ConductCall;
  readonly callers: Callers;
}

async function edgeOf(
  context: ServiceContext,
  { neighbours, digests, books }: JourneyWorld,
  means: EdgeMeans,
): Promise<Edge> {
  return createEdge({
    ...context,
    ...means,
    ...neighbours,
    digests,
    cost: context.client(CostServiceDefinition),
    adminToken: await openAdminToken(context.dataDirectory),
    isReady: () => books.isOpen(),
  });
}

function listen({ configuration, log, spans }: ServiceContext, offers: readonly Offer[]): Promise<GrpcServer> {
  const { host, grpcPort } = configuration.server;
  return startGrpcServer({
    host,
    port: grpcPort,
    offers,
    onError: (error, method) => log.error({ err: error, method }, 'handler failed'),
    onIncomingCall: edgeHook(spans),
  });
}
