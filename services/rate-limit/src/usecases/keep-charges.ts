// Keeps this replica in charge of its part of the partitions, round after round.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, faultOf } from '@waybill/kernel';
import type { Lease, LeaseHolder, Leases } from '@waybill/leases';
import { planCharges } from '../core/ownership.ts';
import type { Partitioning } from '../core/partition.ts';
import type { Meters, Notices } from '../ports.ts';
import type { Charges } from './charges.ts';
import { giveUpCharge } from './give-up-charge.ts';
import { type Holds, leaseTtlMs, slotPrefix } from './hold-partition.ts';
import type { ShareKeeper } from './share-limits.ts';

export interface KeepChargesOptions {
  readonly leases: Leases;
  /** Of this replica, among the others. */
  readonly instance: string;
  readonly partitioning: Partitioning;
  readonly charges: Charges;
  readonly holds: Holds;
  readonly shares: ShareKeeper;
  readonly clock: Clock;
  readonly notices: Notices;
  readonly meters: Meters;
  /** Told who holds the slots. */
  onHolders(holders: readonly LeaseHolder[]): void;
  takeCharge(partitions: readonly number[]): Promise<number>;
  /** What else is to be done every round. */
  readonly chores: readonly (() => unknown)[];
}

export interface ChargeKeeper {
  /** One round. Throws what the leases, the store and the log throw. */
  round(): Promise<void>;
  /** Round after round, whatever fails, until it stops. */
  keep(): void;
  /** How long this replica has its place among the others for certain, milliseconds. */
  placeRemainingMs(): number;
  /** Gives everything up in good order, which takes as long as an admission is good for at most. Safe to call twice. */
  stop(): Promise<void>;
}

export const replicaPrefix = 'limits-replica/';
const pauseMs = 500;

export function keepCharges(options: KeepChargesOptions): ChargeKeeper {
  const { leases, instance, partitioning, charges, holds, shares, clock, notices, meters } = options;
  const end = new AbortController();
  const givingUp = new Set<Promise<void>>();
  let place: Lease | undefined;
  let keeping: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | undefined;
  let hasFailed = false;

  /** This replica's place among the others; undefined while an earlier process of its name has it. */
  async function takePlace(): Promise<Lease | undefined> {
    if (place?.isHeld()) return place;
    place = await leases.tryAcquire(`${replicaPrefix}${instance}`, { ttlMs: leaseTtlMs });
    place?.lost.addEventListener('abort', shares.stop);
    return place;
  }

  async function round(): Promise<void> {
    const held = place;
    const own = await takePlace();
    const [replicas, slots] = await Promise.all([leases.holders(replicaPrefix), leases.holders(slotPrefix)]);
    options.onHolders(slots);
    if (own === undefined || end.signal.aborted) return;
    const live = replicas.filter(({ hasExpired }) => !hasExpired);
    if (own !== held) await exchange(own, live);
    const plan = planCharges({
      partitions: partitioning.count,
      me: instance,
      replicas: live.map(replicaOf),
      mine: charges.all().flatMap(({ partition, leaving }) => (leaving ? [] : [partition])),
      free: freePartitions(slots),
    });
    for (const partition of plan.give) giveUp(partition);
    const chores = [() => take(plan.take), () => exchange(own, live), ...options.chores, () => forgetGone(replicas)];
    await inTurn(chores);
  }

  async function take(partitions: readonly number[]): Promise<void> {
    const taken = await options.takeCharge(partitions);
    if (taken > 0) meters.tookOver(taken);
    meters.owned(charges.all().length);
  }

  function exchange(own: Lease, live: readonly LeaseHolder[], isLeaving = false): Promise<void> {
    const me = ownerOf(own);
    const hasEverything = charges.all().length === partitioning.count;
    return shares.exchange({ me, live: new Set([...live.map(ownerOf), me]), hasEverything, isLeaving });
  }

  async function forgetGone(replicas: readonly LeaseHolder[]): Promise<void> {
    for (const { name, hasExpired } of replicas) if (hasExpired) await leases.forget(name);
  }

  function freePartitions(slots: readonly LeaseHolder[]): readonly number[] {
    const taken = new Set(slots.flatMap(({ name, hasExpired }) => (hasExpired ? [] : [name])));
    const isFree = (partition: number) => {
      if (charges.at(partition)) return false;
      return holds.isPartial(partition) || !taken.has(`${slotPrefix}${partitioning.slotsOf(partition)[0]}`);
    };
    return Array.from({ length: partitioning.count }, (_, partition) => partition).filter(isFree);
  }

  function giveUp(partition: number): void {
    const charge = charges.at(partition);
    if (charge === undefined || charge.leaving) return;
    const done = giveUpCharge(charge, clock).finally(() => givingUp.delete(done));
    givingUp.add(done);
  }

  async function rounds(): Promise<void> {
    while (!end.signal.aborted) {
      await sleep(pauseMs, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
      if (end.signal.aborted) return;
      try {
        await round();
        hasFailed = false;
      } catch (thrown) {
        // Said once until it goes well again.
        if (!hasFailed) notices.alarm('limits_not_taken_over', { err: faultOf(thrown) });
        hasFailed = true;
      }
    }
  }

  async function stop(): Promise<void> {
    end.abort();
    await keeping;
    // Without a place the others take what is let go of.
    const own = place?.isHeld() ? place : undefined;
    await own?.release();
    await holds.releasePartial();
    for (const { partition } of charges.all()) giveUp(partition);
    await Promise.all(givingUp);
    // Whoever cannot be told waits until the share counts no more.
    if (own) await exchange(own, [], true).catch(() => undefined);
  }

  return {
    round,
    keep() {
      keeping = rounds();
    },
    placeRemainingMs: () => place?.remainingMs() ?? 0,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Does all of them, and throws what the first that failed has thrown. */
async function inTurn(chores: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const chore of chores) {
    try {
      await chore();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function replicaOf({ name }: Pick<LeaseHolder, 'name'>): string {
  return name.slice(replicaPrefix.length);
}

/** A replica that has lost its place and has it again is another owner. */
function ownerOf(place: Pick<LeaseHolder, 'name' | 'token'>): string {
  return `${replicaOf(place)}/${place.token}`;
}
