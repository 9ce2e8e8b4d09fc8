// The name of this gateway, held as long as it runs: what a dead gateway has left open others may end, a living one's not.
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultError, fault } from '@waybill/kernel';
import type { Lease, LeaseOptions, Leases } from '@waybill/leases';

export interface HoldNameOptions {
  readonly leases: Leases;
  /** What this gateway writes under. */
  readonly producerId: string;
  /** Told to whoever asks who has the name. */
  readonly details: Readonly<Record<string, string>>;
  readonly ttlMs: number;
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

/** A gateway that was killed has its name for this share of the time at most, counted from its end. */
const waitShare = 1.5;
const tryAgainMs = 500;

/** Waits for a process of the same name that has just died. Throws a FaultError `conflict` when one is running. */
export async function holdName(options: HoldNameOptions): Promise<HeldName> {
  const { leases, ttlMs, details, onLost, onBack, onGone } = options;
  const name = leaseOfProducer(options.producerId);
  const leaving = new AbortController();
  let lease = await take(name, options);
  watch();

  function watch(): void {
    lease.lost.addEventListener('abort', () => void lost(), { once: true });
    if (lease.lost.aborted) lost();
  }

  async function lost(): Promise<void> {
    if (leaving.signal.aborted) return;
    onLost();
    while (!leaving.signal.aborted) {
      const outcome = await takeBack().catch(() => 'away' as const);
      if (outcome === 'gone') return onGone();
      if (outcome === 'back') return;
      await sleep(tryAgainMs, undefined, { signal: leaving.signal, ref: false }).catch(() => undefined);
    }
  }

  async function takeBack(): Promise<'back' | 'gone' | 'away'> {
    const last = (await leases.holders(name)).find((holder) => holder.name === name);
    if (last?.token !== lease.token) return 'gone';
    const again = await leases.tryAcquire(name, { ttlMs, details });
    if (again === undefined) return 'away';
    lease = again;
    onBack();
    watch();
    return 'back';
  }

  return {
    isHeld: () => lease.isHeld(),
    async release() {
      leaving.abort();
      await lease.release();
      await leases.forget(name).catch(() => undefined);
    },
  };
}

async function take(name: string, { leases, ttlMs, details }: HoldNameOptions): Promise<Lease> {
  const wanted: LeaseOptions = { ttlMs, details };
  const first = await leases.tryAcquire(name, wanted);
  if (first !== undefined) return first;
  const signal = AbortSignal.timeout(ttlMs * waitShare);
  try {
    return await leases.acquire(name, { ...wanted, signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw await nameTaken(name, leases);
  }
}

async function nameTaken(name: string, leases: Leases): Promise<FaultError> {
  const holder = (await leases.holders(name)).find((each) => each.name === name);
  const where = holder?.details.address === undefined ? '' : ` at ${holder.details.address}`;
  const message =
    `another gateway of this name, ${holder?.holder ?? name}, is running${where}: give each its own name, ` +
    'by network.instance in the configuration or WAYBILL_INSTANCE';
  return new FaultError(fault('conflict', message, { details: { reason: 'name_taken', name } }));
}
