import { leasesContract } from './contract.ts';
import { soleLeases } from './sole-leases.ts';

leasesContract('leases of one process', async () => {
  const leases = soleLeases('only');
  return { leases, dispose: () => leases.close() };
});
