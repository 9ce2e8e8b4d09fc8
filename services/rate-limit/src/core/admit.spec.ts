import { describe, expect, test } from '@jest/globals';
import { type AdmissionRefusal, AdmitRequest, LimitKind, SettleRequest } from '@waybill/contracts';
import { admit, longestValidityMs } from './admit.ts';
import { release, settle } from './settle.ts';
import { budgetStanding, limitStandings } from './standing.ts';
import { initialState, type LimitState, type Rules } from './state.ts';

const second = 1_000_000n;
const noon = BigInt(Date.UTC(2026, 10, 20, 12)) * 1000n;
const monthly = {
  id: 'monthly',
  scope: { tenant: 'acme' },
  amountPicoUsd: 1000n,
  period: 'month',
  alertsBasisPoints: [5000, 10_000],
} as const;

function stateWith(rules: Partial<Rules>): LimitState {
  return initialState({ rates: [], concurrency: [], budgets: [], ...rules });
}

let attempts = 0;

function ask(
  hold: bigint | undefined,
  extra: { tokens?: number; tenant?: string; attemptId?: string; maxCost?: bigint } = {},
) {
  attempts += 1;
  return AdmitRequest.fromPartial({
    attemptId: extra.attemptId ?? `call_${attempts}:1`,
    attribution: { tenantId: extra.tenant ?? 'acme' },
    options: [{ modelId: 'm', providerId: 'p', inputTokensBound: extra.tokens ?? 0, holdPicoUsd: hold }],
    maxCostPicoUsd: extra.maxCost,
  });
}

function answerTo(state: LimitState, request: AdmitRequest, at: bigint) {
  const steadyMs = Number((at - noon) / 1000n);
  return admit(state, request, { clockMicros: at, steadyMs, validForMs: longestValidityMs })?.decision;
}

function refusedBy(state: LimitState, request: AdmitRequest, at = noon): AdmissionRefusal {
  const decision = answerTo(state, request, at);
  if (decision?.$case !== 'refusal') throw new Error('it was admitted');
  return decision.value;
}

function admitted(state: LimitState, request: AdmitRequest, at = noon) {
  const decision = answerTo(state, request, at);
  if (decision?.$case !== 'admission') throw new Error(`refused: ${decision?.value.message}`);
  return decision.value;
}

describe('money', () => {
  test('holds the bound, refuses what does not fit beside it, and says by what', () => {
    const state = stateWith({ budgets: [monthly] });
    admitted(state, ask(700n));
    expect(refusedBy(state, ask(301n))).toMatchObject({
      limit: 'monthly',
      kind: LimitKind.BUDGET,
      amount: 1000n,
      used: 0n,
      held: 700n,
      free: 300n,
      needed: 301n,
      neverFits: false,
    });
    admitted(state, ask(300n));
    expect(budgetStanding(state, monthly)).toMatchObject({ heldPicoUsd: 1000n, freePicoUsd: 0n });
  });

  test('settling frees what was not used and keeps what is uncertain counted', () => {
    const state = stateWith({ budgets: [monthly] });
    const request = ask(900n);
    admitted(state, request);
    settle(
      state,
      SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: 100n, uncertainPicoUsd: 50n }),
    );
    expect(budgetStanding(state, monthly)).toMatchObject({
      spentPicoUsd: 100n,
      heldPicoUsd: 0n,
      uncertainPicoUsd: 50n,
      freePicoUsd: 850n,
    });
  });

  test('settling twice books once', () => {
    const state = stateWith({ budgets: [monthly] });
    const request = ask(10n);
    admitted(state, request);
    const bill = SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: 10n });
    expect(settle(state, bill)).toBeDefined();
    expect(settle(state, bill)).toBeUndefined();
    expect(budgetStanding(state, monthly).spentPicoUsd).toBe(10n);
  });

  test('a bill above its hold is booked whole, and the overrun named', () => {
    const state = stateWith({ budgets: [monthly] });
    const request = ask(10n);
    admitted(state, request);
    const settled = settle(state, SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: 25n }));
    expect(settled?.overrunPicoUsd).toBe(15n);
    expect(budgetStanding(state, monthly).spentPicoUsd).toBe(25n);
  });

  test('thresholds are crossed once each', () => {
    const state = stateWith({ budgets: [monthly] });
    const crossed = [499n, 1n, 500n, 0n].map((amount) => {
      const request = ask(amount);
      admitted(state, request);
      return settle(
        state,
        SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: amount }),
      )?.crossed.map(({ basisPoints }) => basisPoints);
    });
    expect(crossed).toEqual([[], [5000], [10_000], []]);
  });

  test('a model without prices is refused where money is counted, and only there', () => {
    const state = stateWith({ budgets: [monthly] });
    expect(refusedBy(state, ask(undefined))).toMatchObject({ kind: LimitKind.UNPRICED, neverFits: true });
    admitted(state, ask(undefined, { tenant: 'other' }));
  });

  test('a settlement after the month has turned is charged to the month of the admission', () => {
    const state = stateWith({ budgets: [monthly] });
    const lastSecond = BigInt(Date.UTC(2026, 10, 30, 23, 59, 59)) * 1000n;
    const request = ask(1000n);
    admitted(state, request, lastSecond);
    admitted(state, ask(1000n), lastSecond + second);
    settle(state, SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: 1000n }));
    expect(budgetStanding(state, monthly)).toMatchObject({ spentPicoUsd: 0n, heldPicoUsd: 1000n });
  });

  test('says when to come back: soon while others hold the money, next month when it is spent, never without an end', () => {
    const total = { ...monthly, id: 'total', scope: { tenant: 'total' }, period: 'total' } as const;
    const state = stateWith({ budgets: [monthly, total] });
    const request = ask(600n);
    admitted(state, request);
    expect(refusedBy(state, ask(600n)).retryAfterMs).toBe(1000);
    settle(state, SettleRequest.fromPartial({ attemptId: request.attemptId, amountPicoUsd: 600n }));
    expect(refusedBy(state, ask(600n)).retryAfterMs).toBe(10.5 * 86_400_000);
    const other = ask(600n, { tenant: 'total' });
    admitted(state, other);
    settle(state, SettleRequest.fromPartial({ attemptId: other.attemptId, amountPicoUsd: 600n }));
    expect(refusedBy(state, ask(600n, { tenant: 'total' })).retryAfterMs).toBeUndefined();
  });

  test("the caller's own bound on one call is kept", () => {
    const state = stateWith({});
    expect(refusedBy(state, ask(11n, { maxCost: 10n }))).toMatchObject({ kind: LimitKind.CALL_COST, neverFits: true });
    admitted(state, ask(10n, { maxCost: 10n }));
  });

  test('people are told of money in exact dollars', () => {
    const state = stateWith({ budgets: [monthly] });
    const bound = refusedBy(state, ask(1_500_000_000_001n, { maxCost: 10n }));
    expect(bound.message).toBe(
      'x-waybill-max-cost-usd allows $0.00000000001 a call, and this one may cost up to $1.500000000001',
    );
    expect(refusedBy(state, ask(1_000_000_000_000n)).message).toBe(
      `${monthly.id} allows $0.000000001: $0 used, $0 held, $0.000000001 free, $1 needed`,
    );
  });
});

describe('requests, tokens and concurrency', () => {
  const requests = { id: 'r', kind: 'requests', scope: {}, amount: 2 } as const;
  const tokens = { id: 't', kind: 'tokens', scope: {}, amount: 100 } as const;

  test('a rolling minute never holds more than the limit, and says when there is room', () => {
    const state = stateWith({ rates: [requests] });
    admitted(state, ask(0n), noon);
    admitted(state, ask(0n), noon + 10n * second);
    const refused = refusedBy(state, ask(0n), noon + 30n * second);
    expect(refused).toMatchObject({ limit: 'r', kind: LimitKind.REQUESTS, retryAfterMs: 31_000 });
    expect(refusedBy(state, ask(0n), noon + 60n * second).retryAfterMs).toBe(1000);
    admitted(state, ask(0n), noon + 61n * second);
  });

  test('tokens are reserved at the bound and given back when settled', () => {
    const state = stateWith({ rates: [tokens] });
    const request = ask(0n, { tokens: 90 });
    admitted(state, request);
    expect(refusedBy(state, ask(0n, { tokens: 20 }))).toMatchObject({ held: 90n, used: 0n, needed: 20n });
    settle(state, SettleRequest.fromPartial({ attemptId: request.attemptId, inputTokens: 10, outputTokens: 5 }));
    expect(limitStandings(state)).toEqual([expect.objectContaining({ id: 't', used: 15n, held: 0n })]);
    admitted(state, ask(0n, { tokens: 85 }));
  });

  test('what asks for more than the whole limit never fits', () => {
    const state = stateWith({ rates: [tokens] });
    expect(refusedBy(state, ask(0n, { tokens: 101 }))).toMatchObject({ neverFits: true, retryAfterMs: undefined });
  });

  test('concurrency is free again once settled or released', () => {
    const state = stateWith({ concurrency: [{ id: 'c', scope: {}, amount: 1 }] });
    const first = ask(0n);
    admitted(state, first);
    expect(refusedBy(state, ask(0n)).kind).toBe(LimitKind.CONCURRENCY);
    release(state, first.attemptId);
    admitted(state, ask(0n));
  });

  test('an entry of a batch counts in none of them, and in every budget', () => {
    const concurrency = [{ id: 'c', scope: {}, amount: 0 }];
    const state = stateWith({ rates: [{ ...requests, amount: 0 }, tokens], concurrency, budgets: [monthly] });
    const attemptId = 'batch_01aryz6s410000000000000000_1:1';
    const { reserved } = admitted(state, ask(700n, { tokens: 1_000, attemptId }));
    expect(reserved).toEqual(['monthly']);
    expect(refusedBy(state, ask(301n, { attemptId: 'batch_01aryz6s410000000000000000_2:1' })).kind).toBe(
      LimitKind.BUDGET,
    );
    release(state, attemptId);
    expect(limitStandings(state).map(({ used, held }) => [used, held])).toEqual([
      [0n, 0n],
      [0n, 0n],
      [0n, 0n],
    ]);
  });

  test('a clock that goes back neither admits more nor refuses for longer', () => {
    const state = stateWith({ rates: [requests] });
    admitted(state, ask(0n), noon + 10n * second);
    admitted(state, ask(0n), noon - 3600n * second);
    expect(refusedBy(state, ask(0n), noon - 3600n * second).retryAfterMs).toBe(61_000);
    admitted(state, ask(0n), noon + 71n * second);
  });
});

describe('one step over everything', () => {
  test('a refusal reserves nothing anywhere', () => {
    const state = stateWith({
      rates: [{ id: 'r', kind: 'requests', scope: {}, amount: 5 }],
      concurrency: [{ id: 'c', scope: {}, amount: 5 }],
      budgets: [monthly],
    });
    refusedBy(state, ask(1001n));
    expect(limitStandings(state).map(({ used, held }) => [used, held])).toEqual([
      [0n, 0n],
      [0n, 0n],
    ]);
  });

  test('the next option is taken when the first does not fit', () => {
    const state = stateWith({ budgets: [monthly] });
    const request = AdmitRequest.fromPartial({
      attemptId: 'two:1',
      attribution: { tenantId: 'acme' },
      options: [
        { modelId: 'dear', providerId: 'p', holdPicoUsd: 2000n },
        { modelId: 'cheap', providerId: 'p', holdPicoUsd: 20n },
      ],
    });
    expect(admitted(state, request).optionIndex).toBe(1);
    expect(budgetStanding(state, monthly).heldPicoUsd).toBe(20n);
  });

  test('the same attempt asks twice and holds once', () => {
    const state = stateWith({ budgets: [monthly] });
    const request = ask(600n);
    expect(admitted(state, request)).toEqual(admitted(state, request));
    expect(budgetStanding(state, monthly).heldPicoUsd).toBe(600n);
  });
});
