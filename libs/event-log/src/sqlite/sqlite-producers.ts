// Opens producers: each opening is a new epoch, and retires the producer of the epoch before.
import { type Clock, FaultError } from '@waybill/kernel';
import { epochClosed, epochOpened } from '../epoch-events.ts';
import { epochHasClosed, epochSuperseded } from '../log-faults.ts';
import type { Appended, EventProducer } from '../ports.ts';
import type { ProducerStanding, WriteOutcome } from './messages.ts';
import type { WriteQueue } from './write-queue.ts';

interface Retirable extends EventProducer {
  /** Refuses what is appended from now on. */
  retire(): void;
}

/** Returns the port's `openProducer`. */
export function createProducers(queue: WriteQueue, clock: Clock): (producerId: string) => Promise<EventProducer> {
  const current = new Map<string, Retirable>();

  return async (producerId) => {
    // Else an epoch that goes on appending could move on for ever under the one that wants to follow it.
    current.get(producerId)?.retire();
    let previous: ProducerStanding = { epoch: 0n, lastNumber: 0n };
    for (;;) {
      const epoch = previous.epoch + 1n;
      const opened = { producerId, epoch, previousEpoch: previous.epoch, previousLastNumber: previous.lastNumber };
      const event = epochOpened(opened, clock.nowMicros());
      const outcome = await queue.submit({ producerId, epoch, opensAfter: previous }, [event]);
      if (outcome.kind !== 'standing') {
        appendedOf(outcome);
        const producer = createProducer(queue, clock, { producerId, epoch });
        current.set(producerId, producer);
        return producer;
      }
      previous = outcome.standing;
    }
  };
}

function createProducer(queue: WriteQueue, clock: Clock, identity: { producerId: string; epoch: bigint }): Retirable {
  const { producerId, epoch } = identity;
  let refusal: FaultError | undefined;
  let closing: Promise<void> | undefined;

  const append: EventProducer['append'] = async (events, { expectedVersion } = {}) => {
    if (refusal) throw refusal;
    return appendedOf(await queue.submit({ producerId, epoch, expectedVersion }, events));
  };

  async function writeClosed(): Promise<void> {
    const written = append([epochClosed(identity, clock.nowMicros())]);
    refusal ??= new FaultError(epochHasClosed(producerId, epoch));
    await written;
  }

  return {
    producerId,
    epoch,
    append,
    close() {
      closing ??= writeClosed();
      return closing;
    },
    retire() {
      refusal ??= new FaultError(epochSuperseded(producerId, epoch));
    },
  };
}

function appendedOf(outcome: WriteOutcome): Appended {
  if (outcome.kind === 'stored') return outcome.appended;
  if (outcome.kind === 'refused') throw new FaultError(outcome.fault);
  throw new Error('only the opening of an epoch is answered with a standing');
}
