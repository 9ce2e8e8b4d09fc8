// The name of this gateway, held as long as it runs: what a dead gateway has left open others may end, a living one's not.
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultError, fault } from '@waybill/kernel';
import type { Lease, LeaseHolder, LeaseOptions, Leases } from '@waybill/leases';

export interface HoldNameOptions {
  readonly leases: Leases;
  /** What this gateway writes under. */
  readonly producerId: string;
  /** Told to whoever asks who has the name. */
  readonly details: Readonly<Record<string, string>>;
  readonly ttlMs: number;
  /** Knows for certain that the process that has the name is gone, so that there is nobody to wait for. */
  isGone(holder: LeaseHolder): boolean;
  /** The name may be another's now, since the store could not be reached or this process was paused. */
  onLost(): void;
  /** It is held again, and nobody had it in between. */
  onBack(): void;
  /** Somebody else has had it: what this process had open is ended, and what it writes is refused. */
  onGone(): void;
}

export interface HeldName {
  isHeld(): boolean;
  /** Lets it go, for a process that has nothing open any more. */
  release(): Promise<void>;
}

/** The lease that says whether whoever writes under this id is alive. */
export function leaseOfProducer(producerId: string): string {
  return `producer/${producerId}`;
}

/** A gateway that was killed has its name for its time at most, counted from its end; some is for those who look. */
const waitShare = 1.25;
const tryAgainMs = 500;

/**
 * Waits for the end of the lease of a process of the same name that has just died; where it is known to be gone, the
 * name counts as held at once. Throws a FaultError `conflict` when one is running.
 */
export async function holdName(options: HoldNameOptions): Promise<HeldName> {
  const { leases, ttlMs, details, onLost, onBack, onGone } = options;
  const name = leaseOfProducer(options.producerId);
  const leaving = new AbortController();
  const taken = await take(name, options);
  /** Undefined as long as the lease of one that is gone is not over. */
  let current = taken === 'gone' ? undefined : taken;
  if (current) watch(current);
  else leases.acquire(name, { ttlMs, details, signal: leaving.signal }).then(watch, () => undefined);

  function watch(lease: Lease): void {
    current = lease;
    lease.lost.addEventListener('abort', () => void lost(lease), { once: true });
    if (lease.lost.aborted) lost(lease);
  }

  async function lost(lease: Lease): Promise<void> {
    if (leaving.signal.aborted) return;
    onLost();
    while (!leaving.signal.aborted) {
      const outcome = await takeBack(lease).catch(() => 'away' as const);
      if (outcome === 'gone') return onGone();
      if (outcome === 'back') return;
      await sleep(tryAgainMs, undefined, { signal: leaving.signal, ref: false }).catch(() => undefined);
    }
  }

  async function takeBack(lease: Lease): Promise<'back' | 'gone' | 'away'> {
    const last = await holderOf(name, leases);
    if (last?.token !== lease.token) return 'gone';
    const again = await leases.tryAcquire(name, { ttlMs, details });
    if (again === undefined) return 'away';
    onBack();
    watch(again);
    return 'back';
  }

  return {
    isHeld: () => current?.isHeld() ?? true,
    async release() {
      leaving.abort();
      await current?.release();
      await leases.forget(name).catch(() => undefined);
    },
  };
}

async function take(name: string, { leases, ttlMs, details, isGone }: HoldNameOptions): Promise<Lease | 'gone'> {
  const wanted: LeaseOptions = { ttlMs, details };
  const first = await leases.tryAcquire(name, wanted);
  if (first !== undefined) return first;
  const holder = await holderOf(name, leases);
  if (holder && isGone(holder)) return 'gone';
  const signal = AbortSignal.timeout(ttlMs * waitShare);
  try {
    return await leases.acquire(name, { ...wanted, signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw await nameTaken(name, leases);
  }
}

async function nameTaken(name: string, leases: Leases): Promise<FaultError> {
  const holder = await holderOf(name, leases);
  const where = holder?.details.address === undefined ? '' : ` at ${holder.details.address}`;
  const message =
    `another gateway of this name, ${holder?.holder ?? name}, is running${where}: give each its own name, ` +
    'by network.instance in the configuration or WAYBILL_INSTANCE';
  return new FaultError(fault('conflict', message, { details: { reason: 'name_taken', name } }));
}

async function holderOf(name: string, leases: Leases): Promise<LeaseHolder | undefined> {
  return (await leases.holders(name)).find((holder) => holder.name === name);
}
