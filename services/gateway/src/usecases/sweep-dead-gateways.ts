// Ends what gateways that are gone have left open: not those that are late or slow, but whose name is nobody's any more.
import type { EventProducer, EventReader } from '@waybill/event-log';
import { type Clock, type Fault, faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { ProjectionPartition } from '@waybill/projections';
import { producersWithOpenCalls } from '../projections/open-calls.ts';
import { leaseOfProducer } from './hold-name.ts';
import { type Swept, sweepLostCalls } from './sweep-lost-calls.ts';

export interface DeadGatewaysOptions {
  /** What this gateway writes under: its own calls are not looked at. */
  readonly producerId: string;
  readonly leases: Leases;
  readonly events: Pick<EventReader, 'end'>;
  readonly openCalls: { readonly partition: ProjectionPartition; waitFor(position: bigint): Promise<void> };
  /** Opens the next epoch of another producer, so that nothing more can be written in the one before. */
  openProducer(producerId: string): Promise<EventProducer>;
  readonly clock: Clock;
  /** What was ended, once it is durable. */
  onSwept(producerId: string, swept: Swept): void;
  /** What stood in the way this time; it is tried again. */
  onFailed(producerId: string, because: Fault): void;
}

export interface DeadGateways {
  /** Looks once, and ends what is to be ended. */
  sweep(): Promise<void>;
  /** Closes the epochs that are open for gateways which could not be swept to the end. */
  close(): Promise<void>;
}

/** Only for the sweeping itself: from the look at a name to the opening of the epoch that ends what goes on under it. */
const ttlMs = 10_000;

/**
 * Each step may be the last one of this process: whoever comes next begins with the first, on what is open by then. A
 * name has to be free at two looks in a row, so that a gateway that is started again under it gets it first.
 */
export function watchDeadGateways(options: DeadGatewaysOptions): DeadGateways {
  const { leases, openCalls, events, clock } = options;
  const opened = new Map<string, EventProducer>();
  let suspects: ReadonlySet<string> = new Set();

  async function withoutHolder(): Promise<ReadonlySet<string>> {
    const prefix = leaseOfProducer(familyOf(options.producerId));
    const holders = await leases.holders(prefix);
    const isAlive = new Set(holders.filter(({ hasExpired }) => !hasExpired).map(({ name }) => name));
    const dead = holders
      .filter(({ hasExpired }) => hasExpired)
      .map(({ name }) => name.slice(leaseOfProducer('').length));
    const withCalls = await producersWithOpenCalls(openCalls.partition);
    const named = [...dead, ...withCalls].filter((id) => !isAlive.has(leaseOfProducer(id)));
    return new Set(named.filter((id) => id !== options.producerId));
  }

  /** Undefined when the gateway is back. */
  async function supersede(producerId: string): Promise<EventProducer | undefined> {
    const known = opened.get(producerId);
    if (known) return known;
    const lease = await leases.tryAcquire(leaseOfProducer(producerId), { ttlMs });
    if (lease === undefined) return undefined;
    try {
      const producer = await options.openProducer(producerId);
      opened.set(producerId, producer);
      return producer;
    } finally {
      await lease.release();
    }
  }

  async function sweepOne(producerId: string): Promise<void> {
    // Where the log cannot be read to its end, nothing is opened that would only have to wait.
    await events.end();
    const producer = await supersede(producerId);
    if (producer === undefined) return;
    await openCalls.waitFor(await events.end());
    const swept = await sweepLostCalls({ producer, openCalls: openCalls.partition, clock });
    options.onSwept(producerId, swept);
    // Else it would be found again and again, and each time be given a new epoch.
    if (swept.conflicts.length > 0) return;
    opened.delete(producerId);
    await producer.close();
    await leases.forget(leaseOfProducer(producerId));
  }

  return {
    async sweep() {
      const found = await withoutHolder();
      const dead = [...found].filter((producerId) => suspects.has(producerId));
      suspects = found;
      for (const producerId of dead) {
        await sweepOne(producerId).catch((thrown: unknown) => {
          const because = faultOf(thrown);
          // It is back, and has opened an epoch of its own.
          if (because.details.reason === 'epoch_superseded') opened.delete(producerId);
          else options.onFailed(producerId, because);
        });
      }
    },
    async close() {
      await Promise.allSettled([...opened.values()].map((producer) => producer.close()));
      opened.clear();
    },
  };
}

/** What the ids of all gateways' producers begin with: what stands before the instance's name. */
function familyOf(producerId: string): string {
  return `${producerId.split('/')[0]}/`;
}
