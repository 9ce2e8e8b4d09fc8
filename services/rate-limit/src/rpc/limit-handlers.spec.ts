import { describe, expect, test } from '@jest/globals';
import { AdmitRequest, ReleaseRequest, SettleRequest } from '@waybill/contracts';
import { type Clock, FaultError } from '@waybill/kernel';
import { elsewhere } from '@waybill/rpc';
import { partitionsFor } from '../core/partition.ts';
import { budgetStanding } from '../core/standing.ts';
import { initialState, type Rules } from '../core/state.ts';
import { createCharges } from '../usecases/charges.ts';
import { limitHandlers } from './limit-handlers.ts';

const budget = {
  id: 'monthly',
  scope: { tenant: 'acme' },
  amountPicoUsd: 1000n,
  period: 'month',
  alertsBasisPoints: [],
} as const;
const rules: Rules = { rates: [], concurrency: [], budgets: [budget] };
const context = { signal: new AbortController().signal, timeLeftMs: undefined, metadata: {} };

function asking(attemptId: string, tenantId = 'acme'): AdmitRequest {
  const option = { modelId: 'm', providerId: 'p', holdPicoUsd: 30n };
  return AdmitRequest.fromPartial({ attemptId, attribution: { tenantId }, options: [option] });
}

/** In charge of acme's partition and of no other. */
function replica() {
  const partitioning = partitionsFor(rules);
  const partition = partitioning.partitionOf('acme');
  const state = initialState(partitioning.rulesOf(partition));
  const charges = createCharges(partitioning);
  const lease = { leftMs: 60_000 };
  const hold = {
    partition,
    remainingMs: () => lease.leftMs,
    lost: new AbortController().signal,
    release: async () => undefined,
  };
  const charge = { partition, hold, state, restoredTo: 0n, leaving: false };
  charges.add(charge);
  const time = { steadyMs: 0 };
  const noon = BigInt(Date.UTC(2026, 10, 20, 12)) * 1000n;
  const clock: Clock = { nowMicros: () => noon, monotonicMs: () => time.steadyMs };
  const handlers = limitHandlers({
    rules,
    charges,
    standings: { budgets: async () => [], limits: async () => [] },
    clock,
    notices: { record: () => {}, alarm: () => {} },
    elsewhere: async () => new FaultError(elsewhere('10.0.0.2:50051')),
  });
  return { handlers, state, charge, lease, time };
}

async function refusal(answer: Promise<unknown>) {
  const thrown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return thrown instanceof FaultError ? thrown.fault : undefined;
}

const sentElsewhere = { kind: 'unavailable', details: { reason: 'elsewhere', address: '10.0.0.2:50051' } };

test('of calls that come at once, as many are admitted as fit, and what is left over fits no further one', async () => {
  const { handlers, state } = replica();
  const ids = Array.from({ length: 200 }, (_, index) => `call_${index}:1`);
  const answers = await Promise.all(ids.map((id) => handlers.admit(asking(id), context)));
  const admitted = ids.filter((_, index) => answers[index]?.decision?.$case === 'admission');
  expect(admitted).toHaveLength(33);
  expect(budgetStanding(state, budget)).toMatchObject({ heldPicoUsd: 990n, freePicoUsd: 10n });
  const settled = (attemptId: string) => SettleRequest.fromPartial({ attemptId, amountPicoUsd: 20n });
  await Promise.all(admitted.map((id) => handlers.settle(settled(id), context)));
  expect(budgetStanding(state, budget)).toMatchObject({ heldPicoUsd: 0n, spentPicoUsd: 660n, freePicoUsd: 340n });
});

describe('an admission is good for no longer than this replica is certain to be in charge', () => {
  async function validForMs({ handlers }: ReturnType<typeof replica>, attemptId: string) {
    const { decision } = await handlers.admit(asking(attemptId), context);
    return decision?.$case === 'admission' ? decision.value.validForMs : undefined;
  }

  test('five seconds at most, less when the lease has less left', async () => {
    const one = replica();
    expect(await validForMs(one, 'a:1')).toBe(5_000);
    one.lease.leftMs = 1_234.9;
    expect(await validForMs(one, 'b:1')).toBe(1_234);
  });

  test.each([0, 249.9])('nothing is admitted when it has %d ms left', async (leftMs) => {
    const { handlers, lease, state } = replica();
    lease.leftMs = leftMs;
    expect(await refusal(handlers.admit(asking('a:1'), context))).toMatchObject(sentElsewhere);
    expect(state.reservations.size).toBe(0);
  });

  test('asked again, it is good until when it was good at first, and holds once', async () => {
    const one = replica();
    await validForMs(one, 'a:1');
    one.time.steadyMs = 3_000;
    expect(await validForMs(one, 'a:1')).toBe(2_000);
    one.time.steadyMs = 4_900;
    expect(await refusal(one.handlers.admit(asking('a:1'), context))).toMatchObject({
      kind: 'unavailable',
      details: { reason: 'admission_over' },
    });
    expect(budgetStanding(one.state, budget).heldPicoUsd).toBe(30n);
  });
});

describe("a tenant's calls go where its partition is", () => {
  test('one of another partition is sent to its replica', async () => {
    const { handlers } = replica();
    const other = 'globex';
    expect(await refusal(handlers.admit(asking('a:1', other), context))).toMatchObject(sentElsewhere);
    const settlement = SettleRequest.fromPartial({ attemptId: 'a:1', tenantId: other });
    expect(await refusal(handlers.settle(settlement, context))).toMatchObject(sentElsewhere);
    const released = ReleaseRequest.fromPartial({ attemptId: 'a:1', tenantId: other });
    expect(await refusal(handlers.release(released, context))).toMatchObject(sentElsewhere);
  });

  test('a partition that is given up admits nothing more and still settles', async () => {
    const { handlers, charge, state } = replica();
    await handlers.admit(asking('a:1'), context);
    charge.leaving = true;
    expect(await refusal(handlers.admit(asking('b:1'), context))).toMatchObject(sentElsewhere);
    const settlement = SettleRequest.fromPartial({ attemptId: 'a:1', tenantId: 'acme', amountPicoUsd: 7n });
    await handlers.settle(settlement, context);
    expect(budgetStanding(state, budget)).toMatchObject({ spentPicoUsd: 7n, heldPicoUsd: 0n });
  });

  test('one whose lease is over settles nothing: its successor does', async () => {
    const { handlers, lease } = replica();
    await handlers.admit(asking('a:1'), context);
    lease.leftMs = 0;
    const settlement = SettleRequest.fromPartial({ attemptId: 'a:1', tenantId: 'acme' });
    expect(await refusal(handlers.settle(settlement, context))).toMatchObject(sentElsewhere);
  });
});
