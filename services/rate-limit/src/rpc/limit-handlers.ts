// LimitService on the state of limits. Nothing here awaits: each call is one step.
import type { LimitServiceDefinition } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import type { Handlers } from '@waybill/rpc';
import { admit } from '../core/admit.ts';
import { release } from '../core/settle.ts';
import { budgetStanding, limitStandings } from '../core/standing.ts';
import { advance, type LimitState } from '../core/state.ts';
import type { Notices } from '../ports.ts';
import { settleAttempt } from '../usecases/settle-attempt.ts';

export function limitHandlers(state: LimitState, clock: Clock, notices: Notices): Handlers<LimitServiceDefinition> {
  return {
    admit: async (request) => admit(state, request, clock.nowMicros()),
    settle: async (request) => ({ overrunPicoUsd: settleAttempt(state, request, notices) }),
    async release(request) {
      release(state, request.attemptId);
      return {};
    },
    async listBudgets({ budgetId }) {
      advance(state, clock.nowMicros());
      const budgets = state.rules.budgets.filter(({ id }) => budgetId === '' || id === budgetId);
      if (budgetId !== '' && budgets.length === 0) throw unknownBudget(budgetId, state);
      return { budgets: budgets.map((budget) => budgetStanding(state, budget)) };
    },
    async listLimits() {
      advance(state, clock.nowMicros());
      return { limits: limitStandings(state) };
    },
  };
}

function unknownBudget(budgetId: string, state: LimitState): FaultError {
  const known = state.rules.budgets.map(({ id }) => id).join(', ') || 'none';
  const details = { budget: budgetId };
  return new FaultError(fault('not_found', `there is no budget ${budgetId}; configured: ${known}`, { details }));
}
