// One of the gateways does for all of them what only one may do: whichever holds the lease.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { DeadGateways } from './sweep-dead-gateways.ts';

export interface SweeperOptions {
  readonly leases: Leases;
  readonly leaseName: string;
  readonly ttlMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Makes the memory of one term: the one before may have missed what happened in between. */
  begin(): Rounds;
  onFailed(because: Fault): void;
}

/** What is done again and again while the lease is held. */
export type Rounds = Pick<DeadGateways, 'sweep' | 'close'>;

/** Resolves when the signal has aborted and the last round is over. */
export async function runSweeper({
  leases,
  leaseName,
  ttlMs,
  everyMs,
  signal,
  ...options
}: SweeperOptions): Promise<void> {
  const failed = (thrown: unknown): undefined => {
    if (!signal.aborted) options.onFailed(faultOf(thrown));
  };
  while (!signal.aborted) {
    const lease = await leases.acquire(leaseName, { ttlMs, signal }).catch(failed);
    if (lease === undefined) await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (lease === undefined) continue;
    const over = AbortSignal.any([signal, lease.lost]);
    const gateways = options.begin();
    while (!over.aborted) {
      await gateways.sweep().catch(failed);
      await sleep(everyMs, undefined, { signal: over, ref: false }).catch(() => undefined);
    }
    await gateways.close();
    await lease.release();
  }
}
