// Ends what an earlier process under this gateway's name has left open.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventProducer, EventReader } from '@waybill/event-log';
import { type Clock, type Fault, faultOf } from '@waybill/kernel';
import type { ProjectionPartition } from '@waybill/projections';
import { type Swept, sweepLostCalls } from './sweep-lost-calls.ts';

export interface OwnCallsOptions {
  /** Of the epoch that has just been opened. */
  readonly producer: EventProducer;
  readonly events: Pick<EventReader, 'end'>;
  readonly openCalls: { readonly partition: ProjectionPartition; waitFor(position: bigint): Promise<void> };
  readonly clock: Clock;
  /** Gives it up: whoever comes next goes on. */
  readonly signal: AbortSignal;
  onSwept(producerId: string, swept: Swept): void;
  onFailed(producerId: string, because: Fault): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/** Resolves when it is done, whatever it takes: nothing about a new call depends on it. */
export async function sweepOwnCalls(options: OwnCallsOptions): Promise<void> {
  const { producer, events, openCalls, clock, signal } = options;
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await openCalls.waitFor(await events.end());
      const swept = await sweepLostCalls({ producer, openCalls: openCalls.partition, clock });
      return options.onSwept(producer.producerId, swept);
    } catch (thrown) {
      const because = faultOf(thrown);
      if (because.details.reason === 'epoch_superseded') return;
      if (!signal.aborted) options.onFailed(producer.producerId, because);
    }
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
