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
  /** Of this replica, which is not elsewhere. */
  readonly ownAddress: string | undefined;
}

const goodForMs = 250;

export function whereabouts({ leases, clock, ownAddress }: WhereaboutsOptions): Whereabouts {
  let addresses: ReadonlyMap<string, string> = new Map();
  let learntAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  function learn(holders: readonly LeaseHolder[]): void {
    const known = holders.flatMap(({ name, hasExpired, details: { address } }) => {
      return hasExpired || address === undefined || address === ownAddress ? [] : [[name, address] as const];
    });
    addresses = new Map(known);
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
