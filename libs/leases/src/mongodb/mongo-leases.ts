import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultError, fault, faultOf } from '@waybill/kernel';
import type { MongoConnection } from '@waybill/mongodb';
import type { Lease, LeaseOptions, Leases } from '../ports.ts';
import { holdLease } from './held-lease.ts';
import { leaseDocuments } from './lease-documents.ts';

export interface MongoLeasesOptions {
  readonly connection: MongoConnection;
  /** This process, for people and for those who look for the holder. */
  readonly holder: string;
  /** The steady clock, milliseconds; the process's own when absent. */
  monotonicMs?(): number;
}

/** How often those who wait for a lease ask again: a share of its time, and within these bounds, milliseconds. */
const asksPerTtl = 10;
const [askAtLeastMs, askAtMostMs] = [50, 1_000];

/** Leases over all processes that use this MongoDB. A new process of the same name waits like any other. */
export function openMongoLeases(options: MongoLeasesOptions): Leases {
  const { connection, holder, monotonicMs = () => performance.now() } = options;
  const documents = leaseDocuments(connection);
  const boot = randomUUID();
  const held = new Map<string, Lease>();
  const asked = new Set<string>();
  const closing = new AbortController();

  async function tryAcquire(name: string, { ttlMs, details = {} }: LeaseOptions): Promise<Lease | undefined> {
    if (held.has(name) || asked.has(name) || closing.signal.aborted) return undefined;
    asked.add(name);
    try {
      const askedAtMs = monotonicMs();
      const claim = { name, holder, boot, ttlMs, details };
      const token = await documents.take(claim);
      if (token === undefined) return undefined;
      const onOver = () => held.delete(name);
      const lease = holdLease({ documents, claim: { ...claim, token }, askedAtMs, monotonicMs, onOver });
      if (lease.isHeld()) held.set(name, lease);
      if (closing.signal.aborted) await lease.release();
      return lease.isHeld() ? lease : undefined;
    } finally {
      asked.delete(name);
    }
  }

  return {
    tryAcquire,
    async acquire(name, given) {
      const signal = AbortSignal.any([given.signal, closing.signal]);
      const pauseMs = Math.min(askAtMostMs, Math.max(askAtLeastMs, given.ttlMs / asksPerTtl));
      for (;;) {
        if (signal.aborted) throw notWanted();
        const lease = await tryAcquire(name, given).catch(unlessUnavailable);
        if (lease !== undefined) return lease;
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
    holders: documents.list,
    forget: async (name) => !held.has(name) && documents.forget(name),
    async close() {
      closing.abort();
      await Promise.all([...held.values()].map((lease) => lease.release()));
    },
  };
}

function unlessUnavailable(thrown: unknown): undefined {
  const { kind } = faultOf(thrown);
  if (kind !== 'unavailable' && kind !== 'timeout') throw thrown;
}

function notWanted(): FaultError {
  return new FaultError(fault('cancelled', 'nobody waits for the lease any more'));
}
