// Gives a partition up in good order, so that another replica need not wait for the lease to run out.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@waybill/kernel';
import type { Charge } from './charges.ts';

const lookMs = 20;

/**
 * Admits nothing more, and lets go once no admission can lead to an attempt that the log does not tell of: each has
 * run out, was settled or released, or its attempt has started in the log. That takes no longer than an admission is
 * good for.
 */
export async function giveUpCharge(charge: Charge, clock: Clock): Promise<void> {
  charge.leaving = true;
  while (charge.hold.remainingMs() > 0 && maySetOut(charge, clock.monotonicMs())) await sleep(lookMs);
  await charge.hold.release();
}

function maySetOut({ state }: Charge, nowMs: number): boolean {
  for (const { started, validUntilMs } of state.reservations.values()) {
    if (!started && validUntilMs > nowMs) return true;
  }
  return false;
}
