// Prices a call that is not made: ranked as it would be, at the bounds that would be held.
import type { Attribution, EstimateCostRequest, EstimateCostResponse } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { applyPreset } from '../core/apply-preset.ts';
import { boundOption } from '../core/bounds.ts';
import { cheapestOf, costEstimateOf } from '../core/cost-estimate.ts';
import { faultOfExclusions } from '../core/refusals.ts';
import type { JourneyWorld } from './call-under-way.ts';
import { rankingOf } from './rank-call.ts';

/** The call with its caller. */
export interface CallToPrice extends EstimateCostRequest {
  readonly call: NonNullable<EstimateCostRequest['call']>;
  readonly attribution: Attribution;
  readonly signal: AbortSignal;
}

export type EstimateCost = (asked: CallToPrice) => Promise<EstimateCostResponse>;

/** Throws a FaultError where no model can serve the call. */
export function estimateCosts({ rank, settings }: Pick<JourneyWorld, 'rank' | 'settings'>): EstimateCost {
  return async ({ call: asked, attribution, signal, expectedOutputTokens }) => {
    const call = applyPreset(asked, settings.presets);
    const { ranking } = await rank(rankingOf(call, attribution), signal);
    const { candidates, exclusions } = ranking;
    if (candidates.length === 0) throw new FaultError(faultOfExclusions(call.model, exclusions));
    const estimates = candidates.map((candidate) =>
      costEstimateOf(call, boundOption(call, candidate), expectedOutputTokens),
    );
    return { estimates, exclusions, ...cheapestOf(estimates) };
  };
}
