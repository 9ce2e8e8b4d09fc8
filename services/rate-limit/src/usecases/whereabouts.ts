// Where the replica is that is in charge of a slot, as the leases have it.
import type { Clock } from '@waybill/kernel';
import type { LeaseHolder, Leases } from '@waybill/leases';
import { slotPrefix } from './hold-partition.ts';

export interface Whereabouts {
  /** host:port of another replica; undefined where nobody is in charge, it has no address, or nobody knows. */
  addressOf(slot: number): Promise<string | undefined>;
  learn(holders: readonly LeaseHolder[]): void;
}

export interface WhereaboutsOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** This replica, which is not elsewhere. */
  readonly instance: string;
}

const goodForMs = 250;

export function whereabouts({ leases, clock, instance }: WhereaboutsOptions): Whereabouts {
  let addresses: ReadonlyMap<string, string> = new Map();
  let learntAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  function learn(holders: readonly LeaseHolder[]): void {
    const others = holders.filter(({ holder, hasExpired }) => !hasExpired && holder !== instance);
    addresses = new Map(others.flatMap(({ name, details: { address } }) => (address ? [[name, address]] : [])));
    learntAtMs = clock.monotonicMs();
  }

  function ask(): Promise<void> {
    asking ??= leases
      .holders(slotPrefix)
      .then(learn, () => undefined)
      .finally(() => {
        asking = undefined;
      });
    return asking;
  }

  return {
    learn,
    async addressOf(slot) {
      if (clock.monotonicMs() - learntAtMs > goodForMs) await ask();
      return addresses.get(`${slotPrefix}${slot}`);
    },
  };
}
