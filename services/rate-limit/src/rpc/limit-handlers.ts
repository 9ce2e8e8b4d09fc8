// LimitService on the partitions that this replica is in charge of. Admitting, settling and releasing are one step
// each, without waiting for anything: whether this replica is still in charge is looked at in the same step.
import type { AdmitRequest, AdmitResponse, LimitServiceDefinition, ReleaseRequest } from '@waybill/contracts';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import type { Handlers } from '@waybill/rpc';
import { admit, longestValidityMs, shortestValidityMs } from '../core/admit.ts';
import { release, settle } from '../core/settle.ts';
import type { Rules } from '../core/state.ts';
import type { Notices } from '../ports.ts';
import type { Charge, Charges } from '../usecases/charges.ts';
import { noticeSettled } from '../usecases/notice-settled.ts';
import type { Standings } from '../usecases/tell-standings.ts';

export interface LimitDesk {
  readonly rules: Rules;
  readonly charges: Charges;
  /** How long this replica may still use its shares of limits for certain, milliseconds; absent where none is shared. */
  readonly sharesRemainingMs?: (() => number) | undefined;
  readonly standings: Standings;
  readonly clock: Clock;
  readonly notices: Notices;
  /** The fault that sends a caller to whoever is in charge of the tenant. */
  elsewhere(tenantId: string): Promise<FaultError>;
}

/** What settling and releasing have in common. */
type AttemptRequest = Pick<ReleaseRequest, 'attemptId' | 'tenantId'>;

export function limitHandlers(desk: LimitDesk): Handlers<LimitServiceDefinition> {
  const { rules, charges, notices, standings, elsewhere } = desk;

  /** Where an attempt is kept: in its tenant's partition, or in whichever has it when its tenant is not told. */
  function chargeOf({ attemptId, tenantId }: AttemptRequest): Charge | undefined {
    if (tenantId === '') return charges.all().find(({ state }) => state.reservations.has(attemptId));
    const charge = charges.of(tenantId);
    return charge !== undefined && charge.hold.remainingMs() > 0 ? charge : undefined;
  }

  return {
    async admit(request) {
      const answer = admitHere(desk, request);
      if (answer === undefined) throw await elsewhere(request.attribution?.tenantId ?? '');
      return answer;
    },
    async settle(request) {
      const charge = chargeOf(request);
      if (charge === undefined && request.tenantId !== '') throw await elsewhere(request.tenantId);
      const settled = charge && settle(charge.state, request);
      if (settled === undefined) return { overrunPicoUsd: 0n };
      noticeSettled(settled, charge!.state.time.nowMicros, notices);
      return { overrunPicoUsd: settled.overrunPicoUsd };
    },
    async release(request) {
      const charge = chargeOf(request);
      if (charge === undefined && request.tenantId !== '') throw await elsewhere(request.tenantId);
      if (charge) release(charge.state, request.attemptId);
      return {};
    },
    async listBudgets({ budgetId }) {
      if (budgetId === '') return { budgets: await standings.budgets(rules.budgets.map(({ id }) => id)) };
      const budget = rules.budgets.find(({ id }) => id === budgetId);
      if (budget === undefined) throw unknownBudget(budgetId, rules);
      const tenantId = budget.scope.tenant ?? '';
      if (charges.of(tenantId) === undefined) throw await elsewhere(tenantId);
      return { budgets: await standings.budgets([budgetId]) };
    },
    listLimits: async () => ({ limits: await standings.limits() }),
  };
}

/** Undefined when somebody else is in charge, or nobody for long enough. */
function admitHere({ charges, clock, sharesRemainingMs }: LimitDesk, request: AdmitRequest): AdmitResponse | undefined {
  const charge = charges.of(request.attribution?.tenantId ?? '');
  if (charge === undefined || charge.leaving) return undefined;
  const heldForMs = charge.hold.remainingMs();
  const leftMs = sharesRemainingMs === undefined ? heldForMs : Math.min(heldForMs, sharesRemainingMs());
  if (leftMs < shortestValidityMs) return undefined;
  const at = {
    clockMicros: clock.nowMicros(),
    steadyMs: clock.monotonicMs(),
    validForMs: Math.min(longestValidityMs, Math.floor(leftMs)),
  };
  const answer = admit(charge.state, request, at);
  if (answer === undefined) throw ranOut(request.attemptId);
  return answer;
}

function ranOut(attemptId: string): FaultError {
  const message = `attempt ${attemptId} was admitted before, and its admission has run out`;
  return new FaultError(fault('unavailable', message, { details: { reason: 'admission_over' } }));
}

function unknownBudget(budgetId: string, rules: Rules): FaultError {
  const known = rules.budgets.map(({ id }) => id).join(', ') || 'none';
  const details = { budget: budgetId };
  return new FaultError(fault('not_found', `there is no budget ${budgetId}; configured: ${known}`, { details }));
}
