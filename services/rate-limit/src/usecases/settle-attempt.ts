// Settles an attempt and writes what operators have to hear of: thresholds crossed, bills above their hold.
import type { SettleRequest } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { periodAt } from '../core/period.ts';
import { type Settled, settle, type ThresholdCrossed } from '../core/settle.ts';
import type { LimitState } from '../core/state.ts';
import type { Notices } from '../ports.ts';

/** Settles at once; what is to be noticed is written behind the answer. Returns the overrun, pico-USD. */
export function settleAttempt(state: LimitState, request: SettleRequest, notices: Notices): bigint {
  const settled = settle(state, request);
  if (settled === undefined) return 0n;
  const drafts = settled.crossed.map((crossed) => thresholdDraft(crossed, settled, state.nowMicros));
  if (settled.overrunPicoUsd > 0n) drafts.push(overrunDraft(settled, request, state.nowMicros));
  for (const { budget, basisPoints, spentPicoUsd } of settled.crossed) {
    notices.alarm('budget_threshold_reached', { budget: budget.id, basisPoints, spentPicoUsd: String(spentPicoUsd) });
  }
  if (settled.overrunPicoUsd > 0n) {
    notices.alarm('hold_overrun', { attemptId: request.attemptId, overrunPicoUsd: String(settled.overrunPicoUsd) });
  }
  if (drafts.length > 0) notices.record(drafts);
  return settled.overrunPicoUsd;
}

function thresholdDraft(crossed: ThresholdCrossed, settled: Settled, nowMicros: bigint): EventDraft {
  const { budget, basisPoints, spentPicoUsd, atMicros } = crossed;
  const { startMicros } = periodAt(budget.period, atMicros);
  const streamId = `budget/${budget.id}`;
  return events.budgetThresholdReached.draft({
    eventId: eventIdOf(`${streamId}/${startMicros}`, `reached/${basisPoints}/${budget.amountPicoUsd}`),
    tenantId: settled.reservation.subject.tenant,
    streamId,
    correlationId: settled.reservation.attemptId,
    occurredAtMicros: nowMicros,
    payload: {
      budgetId: budget.id,
      periodStartedAtMicros: startMicros,
      thresholdBasisPoints: basisPoints,
      amountPicoUsd: budget.amountPicoUsd,
      spentPicoUsd,
    },
  });
}

function overrunDraft(settled: Settled, request: SettleRequest, nowMicros: bigint): EventDraft {
  const { attemptId, holdPicoUsd, subject } = settled.reservation;
  return events.holdOverrun.draft({
    eventId: eventIdOf(attemptId, 'overrun'),
    tenantId: subject.tenant,
    streamId: `attempt/${attemptId}`,
    correlationId: attemptId,
    occurredAtMicros: nowMicros,
    payload: { attemptId, budgetId: '', holdPicoUsd, amountPicoUsd: request.amountPicoUsd },
  });
}
