// Leases that show which of them this process holds.
import type { Lease, Leases } from '@waybill/leases';
import type { Metrics } from '@waybill/telemetry';

/** Names of which there are many, one for each process or partition, are counted under what comes before the slash. */
const countedTogether = ['producer', 'limits'];

export function observedLeases(leases: Leases, metrics: Metrics): Leases {
  const held = new Set<Lease>();
  metrics.watch('waybill_leases_held', 'Leases that this process holds, by what they are for.', {
    labels: ['lease'],
    read() {
      const counts = new Map<string, number>();
      for (const lease of held) {
        const label = labelOf(lease.name);
        // One that ran out shows as 0 until its end is heard of.
        counts.set(label, (counts.get(label) ?? 0) + (lease.isHeld() ? 1 : 0));
      }
      return [...counts].map(([lease, value]) => ({ labels: { lease }, value }));
    },
  });
  const note = (lease: Lease): Lease => {
    held.add(lease);
    lease.lost.addEventListener('abort', () => held.delete(lease), { once: true });
    return lease;
  };
  return {
    ...leases,
    async tryAcquire(name, options) {
      const lease = await leases.tryAcquire(name, options);
      return lease && note(lease);
    },
    acquire: async (name, options) => note(await leases.acquire(name, options)),
  };
}

function labelOf(name: string): string {
  const family = name.split('/', 1)[0]!;
  return countedTogether.includes(family) ? family : name;
}
