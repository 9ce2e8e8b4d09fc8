// How a call ended, how good its answer was, and what else was noticed.
import { type AnswerEvaluated, type CallEnded, CallOutcome, type HoldOverrun } from '@waybill/contracts';
import { dollars } from './money.ts';
import { count, faultText, plain, sentences } from './words.ts';

const outcomes: Readonly<Record<CallOutcome, string>> = {
  [CallOutcome.UNSPECIFIED]: 'ended',
  [CallOutcome.COMPLETED]: 'was answered',
  [CallOutcome.FAILED]: 'failed',
  [CallOutcome.ABANDONED]: 'was left by the client before its end',
  [CallOutcome.LOST]: 'was lost: the gateway died before its end',
};

export function tellCallEnded(ended: CallEnded): string {
  const { outcome, attempts, modelId, providerId, durationMs, overheadMicros, fault } = ended;
  const by = modelId === '' ? '' : ` by ${modelId} at ${providerId}`;
  return sentences(
    `The call ${outcomes[outcome]}${by} after ${durationMs} ms and ${count(attempts, 'attempt')};`,
    `${overheadMicros} microseconds of it were spent in Waybill.`,
    fault && `The reason: ${faultText(fault)}.`,
  );
}

export function tellEvaluated({ modelId, score }: AnswerEvaluated): string {
  if (score === undefined) return `The answer of ${modelId} was judged, without a score.`;
  const { overallBasisPoints, signals } = score;
  const parts = [
    `completeness ${score.completenessBasisPoints}`,
    `relevance ${score.relevanceBasisPoints}`,
    `coherence ${score.coherenceBasisPoints}`,
  ];
  return sentences(
    `The answer of ${modelId} was scored ${overallBasisPoints} of 10000 (${parts.join(', ')}).`,
    signals.length > 0 && `Noticed: ${signals.map(plain).join(', ')}.`,
  );
}

export function tellOverrun({ budgetId, holdPicoUsd, amountPicoUsd }: HoldOverrun): string {
  const billed = `The provider billed ${dollars(amountPicoUsd)} where ${dollars(holdPicoUsd)} was held`;
  return `${billed}; budget ${budgetId} bears it.`;
}
