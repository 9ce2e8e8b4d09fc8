// Holding a partition is holding the leases of all of its slots.
import type { Lease, Leases } from '@waybill/leases';
import type { Partitioning } from '../core/partition.ts';

/** What every slot's lease is named. */
export const slotPrefix = 'limits/';
export const leaseTtlMs = 5_000;

export interface Hold {
  readonly partition: number;
  /** How long it is held for certain, milliseconds; 0 when it may be another's already. */
  remainingMs(): number;
  /** Aborts when it is not held any more. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface Holds {
  /** Undefined when another replica has a slot of it; what could be had is kept for the next try. */
  take(partition: number): Promise<Hold | undefined>;
  /** Whether a slot of the partition is kept though others are missing. */
  isPartial(partition: number): boolean;
  /** Lets go of what is kept for a next try. */
  releasePartial(): Promise<void>;
}

export interface HoldOptions {
  readonly leases: Leases;
  readonly partitioning: Partitioning;
  /** Told to whoever asks for the holder. */
  readonly details: Readonly<Record<string, string>>;
}

export function partitionHolds({ leases, partitioning, details }: HoldOptions): Holds {
  const kept = new Map<number, Lease>();

  async function takeSlot(slot: number): Promise<Lease | undefined> {
    const before = kept.get(slot);
    if (before?.isHeld()) return before;
    const lease = await leases.tryAcquire(`${slotPrefix}${slot}`, { ttlMs: leaseTtlMs, details });
    if (lease) kept.set(slot, lease);
    else kept.delete(slot);
    return lease;
  }

  return {
    async take(partition) {
      const slots = partitioning.slotsOf(partition);
      const taken: Lease[] = [];
      // In this order, so that of two who want the same slots one gets all of them.
      for (const slot of slots) {
        const lease = await takeSlot(slot);
        if (lease === undefined) return undefined;
        taken.push(lease);
      }
      for (const slot of slots) kept.delete(slot);
      const hold = holdOf(partition, taken);
      hold.lost.addEventListener('abort', () => {
        for (const [index, slot] of slots.entries()) kept.set(slot, taken[index]!);
      });
      return hold;
    },
    isPartial: (partition) => partitioning.slotsOf(partition).some((slot) => kept.get(slot)?.isHeld()),
    async releasePartial() {
      const leasesKept = [...kept.values()];
      kept.clear();
      await Promise.all(leasesKept.map((lease) => lease.release()));
    },
  };
}

function holdOf(partition: number, leases: readonly Lease[]): Hold {
  const [first] = leases;
  const lost = leases.length === 1 ? first!.lost : AbortSignal.any(leases.map((lease) => lease.lost));
  return {
    partition,
    remainingMs: leases.length === 1 ? () => first!.remainingMs() : () => leastOf(leases),
    lost,
    async release() {
      await Promise.all(leases.map((lease) => lease.release()));
    },
  };
}

function leastOf(leases: readonly Lease[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const lease of leases) least = Math.min(least, lease.remainingMs());
  return least;
}
