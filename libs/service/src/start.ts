// Starts a list of services in this process and stops them in good order.
import type { Configuration } from '@waybill/config';
import { type Clock, faultOf } from '@waybill/kernel';
import type { Offer } from '@waybill/rpc';
import { createLogger, createMetrics, type Logger, startTelemetry } from '@waybill/telemetry';
import { systemClock } from './clock.ts';
import { alarmsTo, contextFor, type World } from './context.ts';
import { homeOfPath } from './homes.ts';
import { watchLags } from './lags.ts';
import type { ListeningAddress, RunningService, ServiceDefinition } from './ports.ts';
import { type ProbeServer, startProbeServer } from './probe-server.ts';
import { openStores } from './stores/open.ts';
import { createWiring } from './wiring.ts';

export interface StartOptions {
  readonly configuration: Configuration;
  readonly clock?: Clock;
  readonly log?: Logger;
}

export interface RunningServices {
  readonly addresses: readonly ListeningAddress[];
  readonly log: Logger;
  /** Resolves when a service has said that the process can no longer do its work: stop it then, and end as a failure. */
  readonly failed: Promise<void>;
  /** Stops intake, finishes within the grace time, flushes, and then forces. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the services in order, then lets each take calls from outside. Whatever fails undoes what was started. */
export async function startServices(
  definitions: readonly ServiceDefinition[],
  options: StartOptions,
): Promise<RunningServices> {
  const processName = definitions.length === 1 ? definitions[0]!.name : 'waybill';
  const failure = watchForFailure();
  const world = await openWorld(definitions, processName, options, failure.fail);
  const halt = new AbortController();
  const running: RunningService[] = [];
  const addresses: ListeningAddress[] = [];
  let stopping: Promise<void> | undefined;
  let probes: ProbeServer | undefined;
  const stop = () => {
    const { graceMs } = options.configuration.server;
    const patienceMs = failure.hasFailed() ? Math.min(graceMs, failedGraceMs) : graceMs;
    stopping ??= stopAll({ running, world, halt, graceMs: patienceMs }).finally(() => probes?.close());
    return stopping;
  };
  try {
    for (const definition of definitions) {
      const service = await definition.start(contextFor(definition.name, world, halt.signal));
      for (const offer of service.offers) world.wiring.offer(offer);
      running.push(service);
    }
    probes = await answerProbes(world, running, () => stopping === undefined);
    addresses.push(...(await listenForOthers(world, definitions, running)));
    for (const service of running) addresses.push(...((await service.open?.()) ?? []));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { addresses, log: world.log, failed: failure.failed, stop };
}

/** How long a process that can no longer do its work goes on with what is under way, milliseconds. */
const failedGraceMs = 5_000;

function watchForFailure() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let hasFailed = false;
  const fail = () => {
    hasFailed = true;
    resolve();
  };
  return { failed: promise, fail, hasFailed: () => hasFailed };
}

async function openWorld(
  definitions: readonly ServiceDefinition[],
  processName: string,
  { configuration, ...given }: StartOptions,
  failed: () => void,
): Promise<World> {
  const log = given.log ?? createLogger({ level: configuration.telemetry.logLevel, process: processName });
  const clock = given.clock ?? systemClock();
  const metrics = createMetrics({ processMetrics: true });
  const alarm = alarmsTo(log, metrics);
  const telemetry = await startTelemetry({
    endpoint: configuration.telemetry.otlpEndpoint,
    sampleRatio: configuration.telemetry.sampleRatio,
    serviceName: processName,
    instance: configuration.network.instance,
    serviceOf: homeOfPath,
    metrics,
    log,
  });
  const services = definitions.map(({ name }) => name);
  const wiring = await createWiring({
    configuration,
    local: services,
    onError: (error, method) => log.error({ err: error, method }, 'handler failed'),
    onTlsError: (error) => alarm('certificates_not_renewed', { err: faultOf(error) }),
    hooks: telemetry.rpcHooks,
  });
  const opening = openStores({ configuration, clock, processName, services, metrics, alarm });
  const stores = await opening.catch(async (thrown) => {
    await wiring.close();
    throw thrown;
  });
  const fail = (reason: string) => {
    log.fatal({ reason }, 'this process can no longer do its work, and ends');
    failed();
  };
  return { configuration, clock, log, metrics, telemetry, lags: watchLags(metrics), alarm, fail, stores, wiring };
}

/** The edge answers them itself, where it answers its clients. */
async function answerProbes(
  { configuration, metrics }: World,
  running: readonly RunningService[],
  isReady: () => boolean,
): Promise<ProbeServer | undefined> {
  const { metricsPort: port, host } = configuration.network;
  const hasEdge = running.some((service) => service.open !== undefined);
  return port === undefined || hasEdge ? undefined : startProbeServer({ host, port, metrics, isReady });
}

/** What services offer to clients from outside they serve themselves; this is for the other services. */
async function listenForOthers(
  { configuration, wiring }: World,
  definitions: readonly ServiceDefinition[],
  running: readonly RunningService[],
): Promise<ListeningAddress[]> {
  const local = definitions.map(({ name }) => name);
  const hasOthers = Object.keys(configuration.network.services).some((name) => !local.includes(name));
  const offers: Offer[] = running.filter((service) => service.open === undefined).flatMap(({ offers: own }) => own);
  if (!hasOthers || offers.length === 0) return [];
  return [await wiring.listen(offers)];
}

interface StopOptions {
  readonly running: readonly RunningService[];
  readonly world: World;
  readonly halt: AbortController;
  readonly graceMs: number;
}

/** The edge started last and stops first, so that what is under way still finds its neighbours. */
async function stopAll({ running, world, halt, graceMs }: StopOptions): Promise<void> {
  const { log, wiring, stores, telemetry } = world;
  const grace = AbortSignal.timeout(graceMs);
  const drainFailed = (thrown: unknown) => log.error({ err: thrown }, 'drain failed');
  wiring.leaving();
  for (const service of [...running].reverse()) await service.drain?.(grace).catch(drainFailed);
  await wiring.drain(graceMs).catch(drainFailed);
  for (const service of [...running].reverse()) {
    await service.close?.().catch((thrown: unknown) => log.error({ err: thrown }, 'close failed'));
  }
  halt.abort();
  await wiring.close();
  await stores.close();
  await telemetry.shutdown();
}
