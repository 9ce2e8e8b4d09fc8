// The wiring of rate-limit: the log and its snapshot -> the state of limits -> LimitService.
import { LimitServiceDefinition } from '@waybill/contracts';
import type { EventProducer } from '@waybill/event-log';
import { offer } from '@waybill/rpc';
import type { ServiceContext, ServiceDefinition } from '@waybill/service';
import { rulesFrom } from './config.ts';
import type { Notices } from './ports.ts';
import { standingProjection } from './projections/standing.ts';
import { limitHandlers } from './rpc/limit-handlers.ts';
import { restoreState } from './usecases/restore-state.ts';

export const rateLimitService: ServiceDefinition = {
  name: 'rate-limit',
  async start(context) {
    const { configuration, clock, events } = context;
    const producer = await context.openProducer();
    const standing = await context.project(standingProjection);
    await standing.waitFor(await events.end());
    const state = await restoreState({
      rules: rulesFrom(configuration),
      snapshot: standing.partition,
      log: events,
      nowMicros: clock.nowMicros(),
    });
    const writing = noticesOf(context, producer);
    return {
      offers: [offer(LimitServiceDefinition, limitHandlers(state, clock, writing))],
      async close() {
        await writing.written();
        await producer.close();
      },
    };
  },
};

function noticesOf(context: ServiceContext, producer: EventProducer): Notices & { written(): Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    record(drafts) {
      last = producer.append(drafts).catch((err: unknown) => context.alarm('notice_not_written', { err }));
    },
    alarm: context.alarm,
    written: () => last,
  };
}
