// Starts a list of services in this process and stops them in good order.
import type { Configuration } from '@waybill/config';
import { type Clock, faultOf } from '@waybill/kernel';
import { type Leases, soleLeases } from '@waybill/leases';
import { ensureCurrent, runProjection } from '@waybill/projections';
import { createInProcessTransport, type InProcessTransport } from '@waybill/rpc';
import { createLogger, createMetrics, type Logger, type Metrics, startTelemetry } from '@waybill/telemetry';
import { systemClock } from './clock.ts';
import { idSource } from './identity.ts';
import type { ListeningAddress, RunningService, ServiceContext, ServiceDefinition } from './ports.ts';
import { openStores, type Stores } from './stores.ts';

export interface StartOptions {
  readonly configuration: Configuration;
  readonly clock?: Clock;
  readonly log?: Logger;
}

export interface RunningServices {
  readonly addresses: readonly ListeningAddress[];
  readonly log: Logger;
  /** Stops intake, finishes within the grace time, flushes, and then forces. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the services in order, then lets each take calls from outside. Whatever fails undoes what was started. */
export async function startServices(
  definitions: readonly ServiceDefinition[],
  options: StartOptions,
): Promise<RunningServices> {
  const { configuration } = options;
  const log = options.log ?? createLogger({ level: configuration.telemetry.logLevel, service: 'waybill' });
  const telemetry = await startTelemetry({ endpoint: configuration.telemetry.otlpEndpoint, serviceName: 'waybill' });
  const clock = options.clock ?? systemClock();
  const stores = await openStores(configuration, clock);
  const transport = createInProcessTransport([], {
    onError: (error, method) => log.error({ err: error, method }, 'handler failed'),
  });
  const metrics = createMetrics({ processMetrics: true });
  const leases = soleLeases(configuration.network.instance);
  const world: World = { configuration, clock, log, stores, transport, metrics, leases };
  const halt = new AbortController();
  const running: RunningService[] = [];
  const addresses: ListeningAddress[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll({ running, world, halt, graceMs: configuration.server.graceMs }).then(() =>
      telemetry.shutdown(),
    );
    return stopping;
  };
  try {
    for (const definition of definitions) {
      const service = await definition.start(contextFor(definition.name, world, halt.signal));
      for (const offer of service.offers) transport.offer(offer);
      running.push(service);
    }
    for (const service of running) addresses.push(...((await service.open?.()) ?? []));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { addresses, log, stop };
}

interface World {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stores: Stores;
  readonly transport: InProcessTransport;
  readonly metrics: Metrics;
  readonly leases: Leases;
}

function contextFor(name: string, world: World, halt: AbortSignal): ServiceContext {
  const { configuration, clock, stores, transport, metrics } = world;
  const log = world.log.child({ service: name });
  const alarms = alarmCounter(metrics);
  const alarm: ServiceContext['alarm'] = (kind, details) => {
    alarms.inc({ alarm: kind });
    log.error({ alarm: kind, ...details }, `alarm: ${kind}`);
  };
  return {
    configuration,
    clock,
    log,
    metrics,
    newId: idSource(clock),
    instance: configuration.network.instance,
    events: stores.eventLog,
    producerId: name,
    openProducer: (producerId = name) => stores.eventLog.openProducer(producerId),
    leases: world.leases,
    projectionStore: stores.projections,
    async project(projection) {
      const [reader, store] = [stores.eventLog, stores.projections];
      await ensureCurrent({ projection, reader, store });
      const run = await runProjection({ projection, reader, store, signal: halt, log, onAlarm: alarm });
      run.done.catch((thrown: unknown) =>
        alarm('projection_stopped', { projection: projection.name, err: faultOf(thrown) }),
      );
      return run;
    },
    client: (service) => transport.client(service),
    dataDirectory: configuration.storage.dataDirectory,
    alarm,
  };
}

const alarmCounters = new WeakMap<Metrics, ReturnType<Metrics['counter']>>();

function alarmCounter(metrics: Metrics) {
  const known = alarmCounters.get(metrics);
  if (known) return known;
  const made = metrics.counter('waybill_alarms_total', 'Things an operator has to see.', ['alarm']);
  alarmCounters.set(metrics, made);
  return made;
}

interface StopOptions {
  readonly running: readonly RunningService[];
  readonly world: World;
  readonly halt: AbortController;
  readonly graceMs: number;
}

/** The edge started last and stops first, so that what is under way still finds its neighbours. */
async function stopAll({ running, world, halt, graceMs }: StopOptions): Promise<void> {
  const grace = AbortSignal.timeout(graceMs);
  for (const service of [...running].reverse()) {
    await service.drain?.(grace).catch((thrown: unknown) => world.log.error({ err: thrown }, 'drain failed'));
  }
  for (const service of [...running].reverse()) {
    await service.close?.().catch((thrown: unknown) => world.log.error({ err: thrown }, 'close failed'));
  }
  halt.abort();
  await world.leases.close();
  await world.transport.close();
  await world.stores.close();
}
