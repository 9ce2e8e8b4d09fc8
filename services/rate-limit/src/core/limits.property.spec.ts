import { expect, test } from '@jest/globals';
import { AdmitRequest, SettleRequest } from '@waybill/contracts';
import fc from 'fast-check';
import { admit } from './admit.ts';
import { release, settle } from './settle.ts';
import { budgetStanding } from './standing.ts';
import { initialState } from './state.ts';

const budget = { id: 'b', scope: {}, amountPicoUsd: 1000n, period: 'day', alertsBasisPoints: [] } as const;
const start = BigInt(Date.UTC(2026, 10, 20)) * 1000n;

const command = fc.oneof(
  fc.record({
    kind: fc.constant('admit' as const),
    hold: fc.bigInt(0n, 600n),
    tokens: fc.nat(60),
    waitMs: fc.nat(30_000),
  }),
  fc.record({ kind: fc.constant('settle' as const), pick: fc.nat(), share: fc.nat(100), uncertain: fc.boolean() }),
  fc.record({ kind: fc.constant('release' as const), pick: fc.nat() }),
);

test('whatever happens, spent + held + uncertain stays within the budget and nothing that fits is refused', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      const state = initialState({
        rates: [{ id: 't', kind: 'tokens', scope: {}, amount: 100 }],
        concurrency: [],
        budgets: [budget],
      });
      const open = new Map<string, bigint>();
      const minute: { atMicros: bigint; tokens: number; attemptId: string }[] = [];
      let nowMicros = start;
      for (const [index, step] of commands.entries()) {
        if (step.kind === 'admit') {
          nowMicros += BigInt(step.waitMs) * 1000n;
          const attemptId = `a${index}`;
          const before = budgetStanding(state, budget);
          const request = AdmitRequest.fromPartial({
            attemptId,
            options: [{ holdPicoUsd: step.hold, inputTokensBound: step.tokens }],
          });
          const decision = admit(state, request, { clockMicros: nowMicros, steadyMs: 0, validForMs: 5_000 })?.decision;
          const counted = (sinceMicros: bigint) =>
            minute.filter(({ atMicros }) => atMicros > sinceMicros).reduce((sum, { tokens }) => sum + tokens, 0);
          if (decision?.$case === 'admission') {
            open.set(attemptId, step.hold);
            minute.push({ atMicros: nowMicros, tokens: step.tokens, attemptId });
            expect(counted(nowMicros - 60_000_000n)).toBeLessThanOrEqual(100);
          } else {
            const moneyFits = step.hold <= before.freePicoUsd;
            const tokensFit = counted(nowMicros - 61_000_000n) + step.tokens <= 100;
            expect(moneyFits && tokensFit).toBe(false);
          }
        } else {
          const [attemptId, hold] = [...open][step.pick % Math.max(open.size, 1)] ?? [];
          if (attemptId === undefined || hold === undefined) continue;
          open.delete(attemptId);
          const entry = minute.find((one) => one.attemptId === attemptId)!;
          entry.tokens = 0;
          if (step.kind === 'release') release(state, attemptId);
          else {
            const amountPicoUsd = (hold * BigInt(step.share)) / 100n;
            const uncertainPicoUsd = step.uncertain ? hold - amountPicoUsd : 0n;
            settle(state, SettleRequest.fromPartial({ attemptId, amountPicoUsd, uncertainPicoUsd }));
          }
        }
        const { spentPicoUsd, heldPicoUsd, uncertainPicoUsd, freePicoUsd } = budgetStanding(state, budget);
        expect(spentPicoUsd + heldPicoUsd + uncertainPicoUsd).toBeLessThanOrEqual(1000n);
        expect(freePicoUsd).toBeGreaterThanOrEqual(0n);
        expect(heldPicoUsd).toBe([...open.values()].reduce((sum, hold) => sum + hold, 0n));
      }
    }),
    { numRuns: 300 },
  );
});
