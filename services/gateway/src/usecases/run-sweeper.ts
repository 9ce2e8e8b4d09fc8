// One of the gateways sweeps for all of them: whichever holds the lease.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';
import type { Leases } from '@waybill/leases';
import type { DeadGateways } from './sweep-dead-gateways.ts';

export interface SweeperOptions {
  readonly leases: Leases;
  readonly ttlMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Makes the memory of one term: the one before may have missed what happened in between. */
  begin(): DeadGateways;
  onFailed(because: Fault): void;
}

const leaseName = 'sweeper/gateway';

/** Resolves when the signal has aborted and the last round is over. */
export async function runSweeper({ leases, ttlMs, everyMs, signal, ...options }: SweeperOptions): Promise<void> {
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
