// Writes what operators have to hear of: thresholds crossed, bills above their hold.
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf } from '@waybill/kernel';
import { periodAt } from '../core/period.ts';
import type { Settled, ThresholdCrossed } from '../core/settle.ts';
import type { Notices } from '../ports.ts';

/** Written behind the answer. The same notice has the same id, whichever replica comes upon it. */
export function noticeSettled(settled: Settled, nowMicros: bigint, notices: Notices): void {
  const { attemptId, overrunPicoUsd, subject } = settled;
  noticeCrossed(settled.crossed, { tenantId: subject.tenant, correlationId: attemptId, nowMicros }, notices);
  if (overrunPicoUsd === 0n) return;
  notices.alarm('hold_overrun', { attemptId, overrunPicoUsd: String(overrunPicoUsd) });
  notices.record(overrunDraft(settled, nowMicros));
}

export interface NoticeOrigin {
  readonly tenantId: string;
  /** The attempt that led to it. */
  readonly correlationId: string;
  readonly nowMicros: bigint;
}

export function noticeCrossed(crossed: readonly ThresholdCrossed[], origin: NoticeOrigin, notices: Notices): void {
  for (const one of crossed) {
    const { budget, basisPoints, spentPicoUsd } = one;
    notices.alarm('budget_threshold_reached', { budget: budget.id, basisPoints, spentPicoUsd: String(spentPicoUsd) });
    notices.record(thresholdDraft(one, origin));
  }
}

function thresholdDraft(crossed: ThresholdCrossed, { tenantId, correlationId, nowMicros }: NoticeOrigin): EventDraft {
  const { budget, basisPoints, spentPicoUsd, atMicros } = crossed;
  const { startMicros } = periodAt(budget.period, atMicros);
  const streamId = `budget/${budget.id}`;
  return events.budgetThresholdReached.draft({
    eventId: eventIdOf(`${streamId}/${startMicros}`, `reached/${basisPoints}/${budget.amountPicoUsd}`),
    tenantId,
    streamId,
    correlationId,
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

function overrunDraft({ attemptId, holdPicoUsd, amountPicoUsd, subject }: Settled, nowMicros: bigint): EventDraft {
  return events.holdOverrun.draft({
    eventId: eventIdOf(attemptId, 'overrun'),
    tenantId: subject.tenant,
    streamId: `attempt/${attemptId}`,
    correlationId: attemptId,
    occurredAtMicros: nowMicros,
    payload: { attemptId, budgetId: '', holdPicoUsd, amountPicoUsd },
  });
}
