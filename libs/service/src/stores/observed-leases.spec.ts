import { expect, test } from '@jest/globals';
import { soleLeases } from '@waybill/leases';
import { createMetrics } from '@waybill/telemetry';
import { observedLeases } from './observed-leases.ts';

const ttlMs = 10_000;

test('shows what is held by what it is for, and no longer than it is', async () => {
  const metrics = createMetrics({ processMetrics: false });
  const leases = observedLeases(soleLeases('here'), metrics);
  const shown = async () =>
    [...(await metrics.text()).matchAll(/^waybill_leases_held\{lease="(.*)"\} (.*)$/gm)].map(
      ([, lease, value]) => `${lease} ${value}`,
    );
  const archive = await leases.tryAcquire('archive', { ttlMs });
  await leases.acquire('projection/ledger', { ttlMs, signal: AbortSignal.timeout(1_000) });
  await leases.tryAcquire('limits/7', { ttlMs });
  await leases.tryAcquire('limits/8', { ttlMs });
  expect(await leases.tryAcquire('archive', { ttlMs })).toBeUndefined();
  expect(await shown()).toEqual(['archive 1', 'projection/ledger 1', 'limits 2']);
  await archive?.release();
  expect(await shown()).toEqual(['projection/ledger 1', 'limits 2']);
  await leases.close();
  expect(await shown()).toEqual([]);
});
