// The wiring of rate-limit: leases, the log and its snapshot -> charge of partitions -> LimitService.
import { LimitServiceDefinition } from '@waybill/contracts';
import type { EventProducer } from '@waybill/event-log';
import { FaultError, faultOf } from '@waybill/kernel';
import { elsewhere, offer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { openShareBook } from './adapters/projection-share-book.ts';
import { prometheusMeters } from './adapters/prometheus-meters.ts';
import { rulesFrom } from './config.ts';
import { partitionsFor } from './core/partition.ts';
import { emptySharedState } from './core/shared-state.ts';
import type { Notices } from './ports.ts';
import { standingProjection } from './projections/standing.ts';
import { limitHandlers } from './rpc/limit-handlers.ts';
import { openReplica } from './usecases/replica.ts';

export const rateLimitService: ServiceDefinition = {
  name: 'rate-limit',
  async start(context) {
    const { configuration, clock, alarm } = context;
    const rules = rulesFrom(configuration);
    const producer = await context.openProducer();
    const standing = await context.project(standingProjection);
    const writing = noticesOf(context, producer);
    const partitioning = partitionsFor(rules);
    const meters = prometheusMeters(context.metrics);
    const replica = openReplica({
      ...context,
      rules,
      partitioning,
      shared: emptySharedState(partitioning),
      snapshot: standing.partition,
      log: context.events,
      book: await openShareBook(context.projectionStore),
      notices: writing,
      meters,
    });
    await replica.start().catch(async (thrown: unknown) => {
      const failure = faultOf(thrown);
      alarm('limits_not_taken_over', { err: failure });
      if (failure.kind === 'unavailable' || failure.kind === 'timeout') return;
      await replica.close();
      throw thrown;
    });
    const handlers = limitHandlers({
      ...replica,
      rules,
      clock,
      notices: writing,
      async elsewhere(tenantId) {
        meters.sentElsewhere();
        return new FaultError(elsewhere(await replica.addressFor(tenantId)));
      },
    });
    return {
      offers: [offer(LimitServiceDefinition, handlers)],
      drain: () => replica.stop(),
      async close() {
        await replica.close();
        await writing.written();
        await producer.close();
      },
    };
  },
};

function noticesOf({ alarm }: ServiceContext, producer: EventProducer): Notices & { written(): Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    record(draft) {
      last = producer.append([draft]).catch((thrown: unknown) => {
        // Another replica has come upon the same before.
        const failure = faultOf(thrown);
        if (failure.details.reason !== 'other_content') alarm('notice_not_written', { err: failure });
      });
    },
    alarm,
    written: () => last,
  };
}
