// Leases of the embedded shape: one process has the data folder, so whatever it asks for is its own.
import { FaultError, fault } from '@waybill/kernel';
import type { Lease, LeaseHolder, LeaseOptions, Leases } from './ports.ts';

interface Held {
  readonly lease: Lease;
  readonly holder: LeaseHolder;
}

/** Within the process a name still has one holder at a time. Tokens begin anew with each start. */
export function soleLeases(holderName: string): Leases {
  const held = new Map<string, Held>();
  const last = new Map<string, LeaseHolder>();
  let lastToken = 0n;
  let released = Promise.withResolvers<void>();

  function take(name: string, { details = {} }: LeaseOptions): Lease | undefined {
    if (held.has(name)) return undefined;
    lastToken += 1n;
    const end = new AbortController();
    const lease: Lease = {
      name,
      token: lastToken,
      remainingMs: () => (end.signal.aborted ? 0 : Number.MAX_SAFE_INTEGER),
      isHeld: () => !end.signal.aborted,
      lost: end.signal,
      async release() {
        if (end.signal.aborted) return;
        held.delete(name);
        last.set(name, { ...holder, hasExpired: true });
        end.abort();
        released.resolve();
        released = Promise.withResolvers();
      },
    };
    const holder: LeaseHolder = { name, holder: holderName, token: lastToken, details, hasExpired: false };
    held.set(name, { lease, holder });
    last.set(name, holder);
    return lease;
  }

  return {
    tryAcquire: async (name, options) => take(name, options),
    async acquire(name, options) {
      for (;;) {
        options.signal.throwIfAborted();
        const lease = take(name, options);
        if (lease) return lease;
        await Promise.race([released.promise, aborted(options.signal)]);
      }
    },
    async holders(prefix) {
      const named = [...last.values()].filter(({ name }) => name.startsWith(prefix));
      return named.sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    async forget(name) {
      return !held.has(name) && last.delete(name);
    },
    async close() {
      await Promise.all([...held.values()].map(({ lease }) => lease.release()));
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(new FaultError(fault('cancelled', 'nobody waits for the lease any more')));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
