// One of several processes is in charge at a time; the others stand by and take over.
import { setTimeout as sleep } from 'node:timers/promises';
import { faultOf } from '@waybill/kernel';
import type { Lease, Leases } from '@waybill/leases';

export interface TurnOptions {
  readonly leases: Leases;
  readonly name: string;
  readonly ttlMs: number;
  readonly signal: AbortSignal;
  /** What this process does while it is in charge; the signal aborts when it no longer is. */
  turn(inCharge: AbortSignal): Promise<void>;
  /** Told once, when the first question for the lease was answered or failed: whether this process is in charge. */
  onFirstAnswer(isInCharge: boolean): void;
}

const pauseMs = 1_000;

/** Takes turns until the signal aborts. Throws what ends a turn and no later one would mend. */
export async function takeTurns({ leases, name, ttlMs, signal, turn, onFirstAnswer }: TurnOptions): Promise<void> {
  const first = await leases.tryAcquire(name, { ttlMs }).catch(unlessLasting);
  onFirstAnswer(first !== undefined);
  for (let lease = first; !signal.aborted; lease = undefined) {
    lease ??= await leases.acquire(name, { ttlMs, signal });
    await oneTurn(lease).catch(unlessLasting);
    await sleep(pauseMs, undefined, { signal });
  }

  async function oneTurn(lease: Lease): Promise<void> {
    try {
      await turn(AbortSignal.any([signal, lease.lost]));
    } finally {
      await lease.release();
    }
  }
}

/** What may pass by itself, or was another process's turn, is no reason to stop for good. */
export function unlessLasting(thrown: unknown): undefined {
  const { kind, details } = faultOf(thrown);
  const passes = kind === 'unavailable' || kind === 'timeout' || kind === 'cancelled';
  if (!passes && details.reason !== 'fenced') throw thrown;
}
