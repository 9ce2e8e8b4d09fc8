import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partitionsFor, slotCount, slotOf } from './partition.ts';
import type { Rules } from './state.ts';

const perTenant: Rules = {
  rates: [
    { id: 'acme', kind: 'requests', scope: { tenant: 'acme', model: 'm' }, amount: 1 },
    { id: 'provider', kind: 'tokens', scope: { provider: 'p' }, amount: 1 },
  ],
  concurrency: [
    { id: 'all', scope: {}, amount: 1 },
    { id: 'globex', scope: { tenant: 'globex' }, amount: 1 },
  ],
  budgets: [
    { id: 'acme-month', scope: { tenant: 'acme' }, amountPicoUsd: 1n, period: 'month', alertsBasisPoints: [] },
    { id: 'globex-day', scope: { tenant: 'globex' }, amountPicoUsd: 1n, period: 'day', alertsBasisPoints: [] },
  ],
};

function idsOf({ rates, concurrency, budgets }: Rules): string[] {
  return [...rates, ...concurrency, ...budgets].map(({ id }) => id);
}

test('the slot of a tenant is the same for ever: replicas of other versions reckon with it', () => {
  // FNV-1a of the empty text is 0x811c9dc5, of `a` 0xe40c292c.
  expect([slotOf(''), slotOf('a')]).toEqual([0x5, 0xc]);
  expect(['', 'acme', 'globex', 'default', 'größe'].map(slotOf)).toEqual([5, 15, 14, 14, 2]);
});

test('tenants spread over all slots', () => {
  const slots = new Set(Array.from({ length: 200 }, (_, index) => slotOf(`tenant-${index}`)));
  expect(slots.size).toBe(slotCount);
});

describe('where every budget names its tenant', () => {
  const partitioning = partitionsFor(perTenant);

  test('each slot is a partition, which a replica has by the lease of that slot', () => {
    expect(partitioning.count).toBe(slotCount);
    expect(partitioning.slotsOf(3)).toEqual([3]);
  });

  test('whatever may apply to a call is among the rules of its partition, and no budget is among two', () => {
    fc.assert(
      fc.property(fc.string(), (tenantId) => {
        const rules = partitioning.rulesOf(partitioning.partitionOf(tenantId));
        const due = [...perTenant.rates, ...perTenant.concurrency, ...perTenant.budgets].filter(
          ({ scope }) => scope.tenant === undefined || scope.tenant === tenantId,
        );
        expect(idsOf(rules)).toEqual(expect.arrayContaining(due.map(({ id }) => id)));
      }),
    );
    const budgets = Array.from({ length: slotCount }, (_, slot) => partitioning.rulesOf(slot).budgets).flat();
    expect(budgets).toHaveLength(perTenant.budgets.length);
  });

  test('limits without a tenant are shared between partitions', () => {
    const { rates, concurrency } = partitioning.shared;
    expect([...rates, ...concurrency].map(({ id }) => id)).toEqual(['provider', 'all']);
  });
});

test('where a budget spans tenants, all slots are one partition and nothing is shared', () => {
  const spanning = { id: 'search', scope: { project: 'search' }, amountPicoUsd: 1n, alertsBasisPoints: [] };
  const rules: Rules = { ...perTenant, budgets: [...perTenant.budgets, { ...spanning, period: 'total' }] };
  const partitioning = partitionsFor(rules);
  expect(partitioning.count).toBe(1);
  expect(partitioning.slotsOf(0)).toHaveLength(slotCount);
  expect(partitioning.partitionOf('acme')).toBe(partitioning.partitionOf('globex'));
  expect(idsOf(partitioning.rulesOf(0))).toEqual(idsOf(rules));
  expect(partitioning.shared).toEqual({ rates: [], concurrency: [] });
});
