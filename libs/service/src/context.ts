// What each service of this process is given.
import type { Configuration } from '@waybill/config';
import type { Clock } from '@waybill/kernel';
import { keepProjection } from '@waybill/projections';
import type { Logger, Metrics, Telemetry } from '@waybill/telemetry';
import { consumerSpans } from './consumer-spans.ts';
import { idSource } from './identity.ts';
import type { Lags } from './lags.ts';
import type { ServiceContext } from './ports.ts';
import type { Stores } from './stores/ports.ts';
import type { Wiring } from './wiring.ts';

/** What the services of one process have in common. */
export interface World {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly stores: Stores;
  readonly wiring: Wiring;
  readonly telemetry: Telemetry;
  readonly lags: Lags;
  readonly alarm: ServiceContext['alarm'];
  readonly fail: ServiceContext['fail'];
}

export function contextFor(name: string, world: World, halt: AbortSignal): ServiceContext {
  const { configuration, clock, stores, wiring, metrics, alarm, fail } = world;
  const log = world.log.child({ service: name });
  const producerId = stores.producerIdOf(name);
  const spans = world.telemetry.spansOf(name);
  return {
    configuration,
    clock,
    log,
    metrics,
    spans,
    newId: idSource(clock),
    instance: configuration.network.instance,
    address: wiring.address,
    events: stores.eventLog,
    producerId,
    openProducer: (id = producerId) => stores.eventLog.openProducer(id),
    leases: stores.leases,
    keepRecord: () => stores.keepRecord(halt),
    mongodb: stores.mongodb,
    projectionStore: stores.readModelsOf(name),
    async project(projection) {
      const kept = await keepProjection({
        projection,
        reader: stores.eventLog,
        store: stores.readModelsOf(name),
        leases: stores.leases,
        signal: halt,
        log,
        onAlarm: alarm,
        observe: consumerSpans(spans, projection, clock),
      });
      world.lags.watch(projection.name, kept);
      return kept;
    },
    client: wiring.client,
    dataDirectory: configuration.storage.dataDirectory,
    alarm,
    fail,
  };
}

/** Logs an alarm as an error, and counts it. */
export function alarmsTo(log: Logger, metrics: Metrics): ServiceContext['alarm'] {
  const alarms = metrics.counter('waybill_alarms_total', 'Things an operator has to see.', ['alarm']);
  return (alarm, details) => {
    alarms.inc({ alarm });
    log.error({ alarm, ...details }, `alarm: ${alarm}`);
  };
}
