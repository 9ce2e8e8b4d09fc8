// A producer as its callers have it: one epoch, until it is closed or a newer one was opened.
import { type Clock, type Fault, FaultError, fault } from '@waybill/kernel';
import { epochClosed } from '../epoch-events.ts';
import { epochHasClosed, epochSuperseded } from '../log-faults.ts';
import type { Appended, AppendOptions, EventDraft, EventProducer, Position } from '../ports.ts';
import { type CheckedAppends, type CheckingWorld, createCheckedAppends } from './checked-appends.ts';
import type { EpochPublisher } from './epoch-publisher.ts';
import {
  type PendingAppend,
  type PendingAppends,
  type PendingEvent,
  pendingAppend,
  pendingEvent,
} from './pending-append.ts';

export interface ProducerWorld {
  readonly clock: Clock;
  readonly pending: PendingAppends;
  /** How long a caller waits, milliseconds. */
  readonly appendWithinMs: number;
  lookUp: CheckingWorld['lookUp'];
  end(): Promise<Position>;
  /** Why nothing is taken any more, once the log is closed. */
  closed(): Fault | undefined;
}

export interface JetStreamProducer extends EventProducer {
  readonly publisher: EpochPublisher;
  /** Takes nothing more, and resolves when what was appended before is published or refused. */
  retire(): Promise<void>;
  /** Resolves when nothing waits to be published. */
  drained(): Promise<void>;
}

export function createJetStreamProducer(world: ProducerWorld, publisher: EpochPublisher): JetStreamProducer {
  const { producerId, epoch } = publisher.identity;
  const { pending } = world;
  const checked = createCheckedAppends({ pending, lookUp: world.lookUp, submit });
  let refusal: Fault | undefined;
  let closing: Promise<void> | undefined;

  function submit(append: PendingAppend): void {
    const reason = publisher.refusal();
    if (reason) throw new FaultError(reason);
    pending.add(append);
    publisher.submit(append);
  }

  async function append(drafts: readonly EventDraft[], options: AppendOptions = {}): Promise<Appended> {
    const reason = world.closed() ?? refusal ?? publisher.refusal();
    if (reason) throw new FaultError(reason);
    const events = drafts.map(pendingEvent);
    if (events.length === 0) return { position: await world.end(), duplicates: 0 };
    const isFresh = options.fresh && !options.expectedVersion;
    const under = isFresh ? underWay(pending, events) : undefined;
    if (under === 'other' || !isFresh) return checkedAppend(checked, events, options, world.appendWithinMs);
    return freshAppend(under ?? submitted(events), world.appendWithinMs);
  }

  function submitted(events: readonly PendingEvent[]): PendingAppend {
    const made = pendingAppend(events, { needsVerdict: false });
    submit(made);
    return made;
  }

  async function drained(): Promise<void> {
    await checked.drained();
    await publisher.drained();
  }

  async function writeClosed(): Promise<void> {
    const reason = world.closed() ?? refusal ?? publisher.refusal();
    if (reason) throw new FaultError(reason);
    refusal = epochHasClosed(producerId, epoch);
    await checked.drained();
    const event = pendingEvent(epochClosed({ producerId, epoch }, world.clock.nowMicros()));
    await freshAppend(submitted([event]), world.appendWithinMs);
  }

  return {
    producerId,
    epoch,
    publisher,
    append,
    close() {
      closing ??= writeClosed();
      return closing;
    },
    retire() {
      refusal ??= epochSuperseded(producerId, epoch);
      return drained();
    },
    drained,
  };
}

/** The append of this process that is writing just these events; `other` when some of them are being written. */
function underWay(pending: PendingAppends, events: readonly PendingEvent[]): PendingAppend | 'other' | undefined {
  const writers = new Set(events.map(({ eventId }) => pending.of(eventId)));
  const [writer] = writers;
  if (writers.size === 1 && !writer) return undefined;
  if (writers.size > 1 || !writer || writer.events.length !== events.length) return 'other';
  const isSame = writer.events.every(({ envelope }, index) => envelope.equals(events[index]!.envelope));
  return isSame ? writer : 'other';
}

async function freshAppend({ durable }: PendingAppend, withinMs: number): Promise<Appended> {
  const position = await within(durable.promise, withinMs);
  return { position, duplicates: 0 };
}

async function checkedAppend(
  checked: CheckedAppends,
  events: readonly PendingEvent[],
  { expectedVersion }: AppendOptions,
  withinMs: number,
): Promise<Appended> {
  let isAwaited = true;
  const answer = checked.append(events, { expectedVersion, isAwaited: () => isAwaited });
  try {
    return await within(answer, withinMs);
  } finally {
    isAwaited = false;
    answer.catch(() => undefined);
  }
}

/** Rejects when it takes too long; what it waits for goes on. */
async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new FaultError(notAnswered())), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function notAnswered(): Fault {
  const message = 'the event log has not answered in time; what was appended may still become durable';
  return fault('unavailable', message, { details: { reason: 'not_answered' } });
}
