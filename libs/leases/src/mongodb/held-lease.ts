// A lease as its holder has it: renewed while that works, and over on time whatever happens.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease } from '../ports.ts';
import type { HeldClaim, LeaseDocuments } from './lease-documents.ts';

/**
 * The share of its time by which a holder stops earlier than the store would: for clocks that do not run alike, and for a
 * new primary whose clock is ahead of the old one's. Those of a replica set must not be further apart.
 */
const safetyShare = 0.05;
const renewalsPerTtl = 4;
const retriesPerTtl = 20;

/** Rejects when the answer takes longer than it may. */
function inTime<Value>(answer: Promise<Value>, leftMs: number): Promise<Value> {
  const late = new AbortController();
  const limit = sleep(leftMs, undefined, { signal: late.signal, ref: false }).then(() => Promise.reject(tooLate));
  return Promise.race([answer, limit]).finally(() => late.abort());
}

const tooLate = new Error('the renewal came too late');

export interface HeldLeaseOptions {
  readonly documents: LeaseDocuments;
  readonly claim: HeldClaim;
  /** Of the steady clock, before it was asked for. */
  readonly askedAtMs: number;
  /** The steady clock, milliseconds. */
  monotonicMs(): number;
  onOver(): void;
}

export function holdLease({ documents, claim, askedAtMs, monotonicMs, onOver }: HeldLeaseOptions): Lease {
  const { name, token, ttlMs } = claim;
  const end = new AbortController();
  let heldUntilMs = askedAtMs + ttlMs * (1 - safetyShare);

  function over(): void {
    if (end.signal.aborted) return;
    end.abort();
    onOver();
  }

  function remainingMs(): number {
    if (end.signal.aborted) return 0;
    const leftMs = heldUntilMs - monotonicMs();
    if (leftMs > 0) return leftMs;
    over();
    return 0;
  }

  /** An answer counts whenever it comes, from the moment its question was sent. */
  async function askForMore(): Promise<void> {
    const sentAtMs = monotonicMs();
    if (await documents.renew(claim)) heldUntilMs = Math.max(heldUntilMs, sentAtMs + ttlMs * (1 - safetyShare));
    else over();
  }

  /** How long to wait before the next renewal; undefined when there is none. */
  async function renew(): Promise<number | undefined> {
    const leftMs = remainingMs();
    if (leftMs === 0) return undefined;
    try {
      await inTime(askForMore(), Math.min(leftMs, ttlMs / renewalsPerTtl));
      return ttlMs / renewalsPerTtl;
    } catch {
      // The store cannot be used now, or this answer got lost; it is the lease's own time that decides.
      return ttlMs / retriesPerTtl;
    }
  }

  async function keep(): Promise<void> {
    let waitMs: number | undefined = ttlMs / renewalsPerTtl;
    while (waitMs !== undefined) {
      const untilMs = Math.min(waitMs, Math.max(1, remainingMs()));
      await sleep(untilMs, undefined, { signal: end.signal, ref: false });
      waitMs = await renew();
    }
  }
  keep().catch(() => undefined);

  return {
    name,
    token,
    remainingMs,
    isHeld: () => remainingMs() > 0,
    lost: end.signal,
    async release() {
      if (end.signal.aborted) return;
      over();
      // Whoever cannot be told waits for the end of the lease.
      await documents.release(claim).catch(() => undefined);
    },
  };
}
