// Follows the log for the partitions that this replica is in charge of. Admitting never waits for it: it settles what
// no call has settled, and tells which attempts have started.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventReader, Position, StoredEvent } from '@waybill/event-log';
import { faultOf } from '@waybill/kernel';
import type { Notices } from '../ports.ts';
import type { Charges } from './charges.ts';
import { hearEvent } from './hear-event.ts';
import { factTypes } from './log-facts.ts';

export interface Follower {
  /** What was heard up to here is in the states; undefined before it has begun. */
  position(): Position | undefined;
  /** Begins after the position; without effect once it has begun. */
  begin(after: Position): void;
  /** Resolves when it has stopped, after its signal has aborted. */
  stopped(): Promise<void>;
}

export interface FollowOptions {
  readonly log: EventReader;
  readonly charges: Charges;
  readonly notices: Notices;
  readonly signal: AbortSignal;
}

const retryMs = 1_000;

export function followLog({ log, charges, notices, signal }: FollowOptions): Follower {
  let heardTo: Position | undefined;
  let following: Promise<void> = Promise.resolve();
  let hasFailed = false;

  function hear(event: StoredEvent): void {
    heardTo = event.position;
    const charge = charges.of(event.envelope.tenantId);
    if (charge === undefined || event.position <= charge.restoredTo) return;
    try {
      hearEvent(charge.state, event, notices);
    } catch (thrown) {
      notices.alarm('event_not_heard', { event: event.envelope.eventId, err: faultOf(thrown) });
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const batch of log.subscribe(heardTo!, { types: factTypes, signal })) {
          hasFailed = false;
          for (const event of batch) hear(event);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        // Said once until something is heard again.
        if (!hasFailed) notices.alarm('log_not_followed', { err: faultOf(thrown) });
        hasFailed = true;
      }
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    position: () => heardTo,
    begin(after) {
      if (heardTo !== undefined) return;
      heardTo = after;
      following = follow();
    },
    stopped: () => following,
  };
}
