// What is traced and counted of an attempt.
import { AttemptOutcome, UsageSource } from '@waybill/contracts';
import { faultOf, formatUsd } from '@waybill/kernel';
import { waybill } from '@waybill/telemetry';
import type { Attempt } from '../core/journey.ts';
import type { EndedAttempt, JourneyWorld, RankedCall } from './call-under-way.ts';
import { outcomeOf } from './try-provider.ts';

export interface ObservedAttempt {
  readonly call: RankedCall;
  readonly attempt: Attempt;
  /** The attempt that failed before this one; undefined for the first. */
  readonly before: EndedAttempt | undefined;
}

/** Runs it inside a span from the first commit to the last word of provider-adapter; money is known here and not there. */
export async function observeAttempt(
  { spans, meters }: Pick<JourneyWorld, 'spans' | 'meters'>,
  { call, attempt, before }: ObservedAttempt,
  work: () => Promise<EndedAttempt>,
): Promise<EndedAttempt> {
  const { modelId, providerId, simulated } = attempt.option.candidate;
  const span = spans.open('attempt', {
    attributes: {
      [waybill.attemptNumber]: attempt.number,
      [waybill.model]: modelId,
      [waybill.provider]: providerId,
      [waybill.simulated]: simulated,
      [waybill.retryReason]: before?.report.fault?.kind,
    },
  });
  try {
    const ended = await span.run(work);
    const { settlement, report } = ended;
    const outcome = outcomeNames[outcomeOf(call, report)];
    const amount = settlement.rating?.amountPicoUsd;
    meters.attemptOver({ provider: providerId, model: modelId, outcome }, settlement);
    span.note({
      [waybill.outcome]: outcome,
      [waybill.costUsd]: amount === undefined ? undefined : formatUsd(amount),
      [waybill.costEstimated]: settlement.usage?.source === UsageSource.ESTIMATED,
    });
    span.ended(report.fault);
    return ended;
  } catch (thrown) {
    span.ended(faultOf(thrown));
    throw thrown;
  }
}

const outcomeNames: Readonly<Record<AttemptOutcome, string>> = {
  [AttemptOutcome.UNSPECIFIED]: 'unspecified',
  [AttemptOutcome.COMPLETED]: 'completed',
  [AttemptOutcome.FAILED]: 'failed',
  [AttemptOutcome.ABANDONED]: 'abandoned',
  [AttemptOutcome.LOST]: 'lost',
};
