import { expect, test } from '@jest/globals';
import { AdmitRequest, SettleRequest } from '@waybill/contracts';
import type { Clock } from '@waybill/kernel';
import { budgetStanding } from '../core/standing.ts';
import { initialState } from '../core/state.ts';
import { limitHandlers } from './limit-handlers.ts';

const budget = {
  id: 'monthly',
  scope: { tenant: 'acme' },
  amountPicoUsd: 1000n,
  period: 'month',
  alertsBasisPoints: [],
} as const;
const clock: Clock = { nowMicros: () => BigInt(Date.UTC(2026, 10, 20, 12)) * 1000n, monotonicMs: () => 0 };
const context = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };

function asking(attemptId: string): AdmitRequest {
  const option = { modelId: 'm', providerId: 'p', holdPicoUsd: 30n };
  return AdmitRequest.fromPartial({ attemptId, attribution: { tenantId: 'acme' }, options: [option] });
}

test('of calls that come at once, as many are admitted as fit, and what is left over fits no further one', async () => {
  const state = initialState({ rates: [], concurrency: [], budgets: [budget] });
  const { admit, settle } = limitHandlers(state, clock, { record: () => {}, alarm: () => {} });
  const ids = Array.from({ length: 200 }, (_, index) => `call_${index}:1`);
  const answers = await Promise.all(ids.map((id) => admit(asking(id), context)));
  const admitted = ids.filter((_, index) => answers[index]?.decision?.$case === 'admission');
  expect(admitted).toHaveLength(33);
  expect(budgetStanding(state, budget)).toMatchObject({ heldPicoUsd: 990n, freePicoUsd: 10n });
  const settled = (attemptId: string) => SettleRequest.fromPartial({ attemptId, amountPicoUsd: 20n });
  await Promise.all(admitted.map((id) => settle(settled(id), context)));
  expect(budgetStanding(state, budget)).toMatchObject({ heldPicoUsd: 0n, spentPicoUsd: 660n, freePicoUsd: 340n });
});
