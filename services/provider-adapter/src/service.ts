// The wiring of provider-adapter: providers and their keys -> targets, breakers -> ProviderService.
import { type BreakerChanged, ProviderServiceDefinition } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { offer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { simulatedUpstream } from './adapters/simulated-upstream.ts';
import { openTargets } from './adapters/targets.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { type Breakers, createBreakers } from './usecases/breakers.ts';
import { observeAttempts } from './usecases/observe-attempt.ts';

export const providerAdapterService: ServiceDefinition = {
  name: 'provider-adapter',
  async start(context) {
    const { configuration, clock, log } = context;
    const producer = await context.openProducer();
    const simulated = simulatedUpstream(configuration.simulator);
    const targets = await openTargets(configuration, simulated, clock);
    let written: Promise<unknown> = Promise.resolve();
    const breakers = createBreakers(clock, (change) => {
      log.warn({ change }, 'breaker changed');
      written = producer
        .append([breakerDraft(context, change)])
        .catch((err: unknown) => context.alarm('notice_not_written', { err }));
    });
    const observe = observeAttempts({ spans: context.spans, meters: prometheusMeters(context.metrics) });
    watchBreakers(context, targets.keys(), breakers);
    return {
      offers: [offer(ProviderServiceDefinition, providerHandlers({ targets, breakers, clock, observe }))],
      async close() {
        await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
        await simulated.close();
        await written;
        await producer.close();
      },
    };
  },
};

function watchBreakers({ metrics }: ServiceContext, providers: Iterable<string>, breakers: Breakers): void {
  const ids = [...providers];
  const states = { closed: 0, half_open: 1, open: 2 } as const;
  metrics.watch('waybill_breaker_state', '0 closed, 1 let through to see whether it is back, 2 open.', {
    labels: ['provider', 'upstream_model'],
    read: () =>
      ids.flatMap((provider) =>
        [...breakers.of(provider)].map(([model, { state }]) => ({
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
