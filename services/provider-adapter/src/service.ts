// The wiring of provider-adapter: providers and their keys -> targets, breakers -> ProviderService.
import { type BreakerChanged, ProviderServiceDefinition } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { offer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { simulatedUpstream } from './adapters/simulated-upstream.ts';
import { openTargets } from './adapters/targets.ts';
import { providerHandlers } from './rpc/provider-handlers.ts';
import { createBreakers } from './usecases/breakers.ts';

export const providerAdapterService: ServiceDefinition = {
  name: 'provider-adapter',
  async start(context) {
    const { configuration, clock, log } = context;
    const producer = await context.openProducer();
    const simulated = simulatedUpstream(configuration.simulator);
    const targets = await openTargets(configuration, simulated);
    let written: Promise<unknown> = Promise.resolve();
    const breakers = createBreakers(clock, (change) => {
      log.warn({ change }, 'breaker changed');
      written = producer
        .append([breakerDraft(context, change)])
        .catch((err: unknown) => context.alarm('notice_not_written', { err }));
    });
    return {
      offers: [offer(ProviderServiceDefinition, providerHandlers({ targets, breakers, clock }))],
      async close() {
        await Promise.all([...targets.values()].map(({ connection }) => connection.close()));
        await simulated.close();
        await written;
        await producer.close();
      },
    };
  },
};

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
