import { describe, expect, test } from '@jest/globals';
import { AdmitRequest } from '@waybill/contracts';
import { admit } from './admit.ts';
import { type AttemptOver, hearBegun, hearOver, hearRevised } from './heard.ts';
import { subjectOf } from './scope.ts';
import { release, settle } from './settle.ts';
import { budgetStanding, limitStandings } from './standing.ts';
import { initialState } from './state.ts';

const noon = BigInt(Date.UTC(2026, 10, 20, 12)) * 1000n;
const budget = {
  id: 'monthly',
  scope: { tenant: 'acme' },
  amountPicoUsd: 1000n,
  period: 'month',
  alertsBasisPoints: [5000],
} as const;
const subject = subjectOf(
  { tenantId: 'acme', projectId: '', keyId: '', user: '', agentType: '', runId: '', tags: [] },
  'm',
  'p',
);
const begun = {
  attemptId: 'a:1',
  subject,
  atMicros: noon,
  tokens: 100,
  holdPicoUsd: 600n,
  notAfterMicros: noon,
  reserved: [],
};
const over: AttemptOver = {
  attemptId: 'a:1',
  subject,
  atMicros: noon,
  tokens: 30,
  amountPicoUsd: 500n,
  uncertainPicoUsd: 20n,
};
const settlement = { ...over, inputTokens: 20, outputTokens: 10 };

function stateWithAttempt() {
  const state = initialState({
    rates: [{ id: 'tokens', kind: 'tokens', scope: {}, amount: 1000 }],
    concurrency: [{ id: 'calls', scope: {}, amount: 10 }],
    budgets: [budget],
  });
  const option = { modelId: 'm', providerId: 'p', inputTokensBound: 100, holdPicoUsd: 600n };
  const request = AdmitRequest.fromPartial({ attemptId: 'a:1', attribution: { tenantId: 'acme' }, options: [option] });
  admit(state, request, { clockMicros: noon, steadyMs: 0, validForMs: 5_000 });
  return state;
}

function standing(state: ReturnType<typeof stateWithAttempt>) {
  const { spentPicoUsd, heldPicoUsd, uncertainPicoUsd } = budgetStanding(state, budget);
  const [tokens, calls] = limitStandings(state).map(({ used, held }) => ({ used, held }));
  return { spentPicoUsd, heldPicoUsd, uncertainPicoUsd, tokens, calls };
}

const settled = {
  spentPicoUsd: 500n,
  heldPicoUsd: 0n,
  uncertainPicoUsd: 20n,
  tokens: { used: 30n, held: 0n },
  calls: { used: 0n, held: 0n },
};

describe('an attempt is settled once', () => {
  test('by the log when no call has done so, with the thresholds it crosses', () => {
    const state = stateWithAttempt();
    hearBegun(state, begun);
    expect(hearOver(state, over)?.crossed).toMatchObject([{ basisPoints: 5000, spentPicoUsd: 500n }]);
    expect(standing(state)).toEqual(settled);
    expect(settle(state, settlement)).toBeUndefined();
    expect(standing(state)).toEqual(settled);
  });

  test.each([
    ['before the log tells of its start', 0],
    ['between start and end', 1],
  ])('by a call that comes %s', (_when, heardBefore) => {
    const state = stateWithAttempt();
    if (heardBefore === 1) hearBegun(state, begun);
    expect(settle(state, settlement)?.crossed).toHaveLength(1);
    if (heardBefore === 0) hearBegun(state, begun);
    expect(hearOver(state, over)).toBeUndefined();
    expect(standing(state)).toEqual(settled);
    expect(state.settledBeforeEnd.size).toBe(0);
  });

  test('a bill above its hold is named by whoever settles first', () => {
    const state = stateWithAttempt();
    expect(hearOver(state, { ...over, amountPicoUsd: 601n })).toMatchObject({ overrunPicoUsd: 1n, holdPicoUsd: 600n });
  });
});

test('unknown usage stays counted at the bounds', () => {
  const state = stateWithAttempt();
  hearOver(state, { ...over, tokens: undefined });
  expect(standing(state).tokens).toEqual({ used: 100n, held: 0n });
});

test('a start without a reservation is held until its end, as after a restart', () => {
  const state = stateWithAttempt();
  release(state, 'a:1');
  hearBegun(state, begun);
  expect(standing(state)).toMatchObject({ heldPicoUsd: 600n, calls: { held: 1n } });
  hearOver(state, { ...over, amountPicoUsd: 0n, uncertainPicoUsd: 0n, tokens: 0 });
  expect(standing(state)).toMatchObject({ heldPicoUsd: 0n, spentPicoUsd: 0n, calls: { held: 0n } });
});

test('an end whose attempt nobody knows is booked all the same', () => {
  const state = stateWithAttempt();
  release(state, 'a:1');
  hearOver(state, over);
  expect(standing(state)).toMatchObject({ spentPicoUsd: 500n, uncertainPicoUsd: 20n, heldPicoUsd: 0n });
});

test('a correction changes what was booked, in the period of the attempt', () => {
  const state = stateWithAttempt();
  hearOver(state, { ...over, amountPicoUsd: 490n });
  const revised = { subject, atMicros: noon, differencePicoUsd: 10n, releasedPicoUsd: 20n };
  expect(hearRevised(state, revised)).toMatchObject([{ basisPoints: 5000 }]);
  expect(standing(state)).toMatchObject({ spentPicoUsd: 500n, uncertainPicoUsd: 0n });
});
