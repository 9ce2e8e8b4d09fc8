// What is told of an answer at its beginning and at its end.
import { type CallSummary, UsageSource } from '@waybill/contracts';
import type { Attempt } from '../core/journey.ts';
import type { Settlement } from '../core/settlement.ts';
import type { AnswerHead } from './answer.ts';
import type { CallUnderWay } from './call-under-way.ts';

export function headOf({ facts, stopwatch }: CallUnderWay, attempt: Attempt): AnswerHead {
  const { modelId, providerId, simulated } = attempt.option.candidate;
  return {
    callId: facts.callId,
    createdAtMicros: facts.createdAtMicros,
    modelId,
    providerId,
    attempts: attempt.number,
    simulated,
    repeated: false,
    overheadMicros: stopwatch.ownMicros,
  };
}

/** Every attempt of the call is in its cost. */
export function summaryOf(
  { facts, stopwatch }: CallUnderWay,
  attempt: Attempt,
  settlements: readonly Settlement[],
): CallSummary {
  const { modelId, providerId, simulated } = attempt.option.candidate;
  return {
    callId: facts.callId,
    createdAtMicros: facts.createdAtMicros,
    modelId,
    providerId,
    attempts: attempt.number,
    costPicoUsd: settlements.every(isPriced)
      ? settlements.reduce((sum, { rating }) => sum + (rating?.amountPicoUsd ?? 0n), 0n)
      : undefined,
    costEstimated: settlements.some(({ usage }) => usage?.source === UsageSource.ESTIMATED),
    simulated,
    overheadMicros: stopwatch.ownMicros(),
    elapsedMs: Math.round(stopwatch.elapsedMs()),
  };
}

/** Either nothing was used, or it has an amount. */
function isPriced({ usage, rating }: Settlement): boolean {
  return usage === undefined || rating !== undefined;
}
