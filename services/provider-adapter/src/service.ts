// The wiring of provider-adapter: providers and their keys -> targets, breakers -> ProviderService.
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { type BreakerChanged, ProviderServiceDefinition } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { type Handlers, offer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { recordingFiles } from './adapters/recording-files.ts';
import { simulatedUpstream } from './adapters/simulated-upstream.ts';
import { openTargets } from './adapters/targets.ts';
import { rerunCommand } from './commands/rerun.ts';
import type { Recordings, Target } from './ports.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { openAccess } from './usecases/access.ts';
import { type Breakers, createBreakers, statesByModel } from './usecases/breakers.ts';
import { checkHealth } from './usecases/check-health.ts';
import { keepRecordings, openExchanges } from './usecases/exchanges.ts';
import { observeAttempts } from './usecases/observe-attempt.ts';
import { offlineTarget } from './usecases/offline-connection.ts';
import { watchPins } from './usecases/watch-pins.ts';

export const providerAdapterService: ServiceDefinition = {
  name: 'provider-adapter',
  async start(context) {
    const { configuration, clock, log } = context;
    const producer = await context.openProducer();
    const simulated = simulatedUpstream(configuration.simulator);
    const offline = openOffline(context);
    const targets = offline.of(await openTargets(configuration, simulated, clock));
    let written: Promise<unknown> = Promise.resolve();
    const breakers = createBreakers(clock, (change) => {
      log.warn({ change }, 'breaker changed');
      written = producer
        .append([breakerDraft(context, change)])
        .catch((err: unknown) => context.alarm('notice_not_written', { err }));
    });
    const observe = observeAttempts({ spans: context.spans, meters: prometheusMeters(context.metrics) });
    watchBreakers(context, targets.keys(), breakers);
    const access = openAccess({ breakers, clock, alarm: context.alarm });
    const stopping = new AbortController();
    const checking = checkHealth({ targets, access, clock, signal: stopping.signal });
    const asked = watchPins(providerHandlers({ targets, access, clock, observe }), (drift) =>
      context.alarm('model_drift', { ...drift }),
    );
    const handlers = offline.kept(asked);
    return {
      offers: [offer(ProviderServiceDefinition, handlers)],
      async close() {
        stopping.abort();
        await checking;
        await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
        await simulated.close();
        await written;
        await producer.close();
      },
    };
  },
  commands: [rerunCommand((configuration) => recordingsOf(configuration, configuration.storage.dataDirectory))],
};

function recordingsOf({ offline }: Configuration, dataDirectory: string): Recordings {
  return recordingFiles(offline.folder ?? join(dataDirectory, 'recordings'));
}

/** What stands between attempts and providers while answers are recorded or played back; nothing where that is off. */
function openOffline({ configuration, clock, dataDirectory, log, alarm }: ServiceContext) {
  const { mode, timing } = configuration.offline;
  if (mode === 'off') return { of: (targets: Targets) => targets, kept: (handlers: ProviderHandlers) => handlers };
  const recordings = recordingsOf(configuration, dataDirectory);
  const exchanges = openExchanges();
  const nowIso = () => new Date(Number(clock.nowMicros() / 1_000n)).toISOString();
  log.warn(
    { mode, folder: recordings.place },
    'answers of providers are recorded or played back: prompts and answers are kept in files',
  );
  return {
    of: (targets: Targets): Targets =>
      new Map(
        [...targets].map(([id, target]) => [id, offlineTarget(target, { mode, timing, recordings, exchanges, clock })]),
      ),
    kept: (handlers: ProviderHandlers) => keepRecordings(handlers, { exchanges, recordings, nowIso, alarm }),
  };
}

type Targets = ReadonlyMap<string, Target>;
type ProviderHandlers = Handlers<ProviderServiceDefinition>;

function watchBreakers({ metrics }: ServiceContext, providers: Iterable<string>, breakers: Breakers): void {
  const ids = [...providers];
  const states = { closed: 0, half_open: 1, open: 2 } as const;
  metrics.watch('waybill_breaker_state', '0 closed, 1 let through to see whether it is back, 2 open.', {
    labels: ['provider', 'upstream_model'],
    read: () =>
      ids.flatMap((provider) =>
        [...statesByModel(breakers, provider)].map(([model, state]) => ({
          labels: { provider, upstream_model: model },
          value: states[state],
        })),
      ),
  });
}

function breakerDraft(context: ServiceContext, change: BreakerChanged): EventDraft {
  const streamId = `breaker/${change.providerId}/${change.upstreamModel}`;
  const id = context.newId('change');
  return events.breakerChanged.draft({
    eventId: eventIdOf(streamId, id),
    tenantId: '',
    streamId,
    correlationId: id,
    occurredAtMicros: context.clock.nowMicros(),
    payload: change,
  });
}
