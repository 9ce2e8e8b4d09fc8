// What a call would cost at each model that could serve it, before it is made.
import { type Call, type CostEstimate, type EstimateCostResponse, Usage, UsageSource } from '@waybill/contracts';
import { estimateBilledTokens } from '@waybill/providers';
import { rate } from '@waybill/rating';
import type { CallOption } from './plan.ts';

/** The answer is taken to be as long as is expected of it, or as its cap allows. */
export function costEstimateOf(call: Call, option: CallOption, expectedOutputTokens?: number): CostEstimate {
  const { candidate, inputTokensBound, outputCap, holdPicoUsd } = option;
  const inputTokens = Math.min(estimateBilledTokens(call), inputTokensBound);
  const outputTokens = Math.min(expectedOutputTokens ?? outputCap, outputCap);
  return {
    modelId: candidate.modelId,
    providerId: candidate.providerId,
    inputTokens,
    outputTokens,
    likelyPicoUsd: likelyCost(candidate, inputTokens, outputTokens),
    mostPicoUsd: holdPicoUsd,
    priceVersion: candidate.priceCard?.priceVersion ?? '',
    simulated: candidate.simulated,
  };
}

function likelyCost(
  { priceCard, modelId }: CallOption['candidate'],
  inputTokens: number,
  outputTokens: number,
): bigint | undefined {
  if (priceCard === undefined) return undefined;
  const usage = Usage.fromPartial({ inputTokens, outputTokens, source: UsageSource.ESTIMATED });
  const rating = rate(usage, priceCard, modelId);
  return rating.ok ? rating.value?.amountPicoUsd : undefined;
}

/** Which of them costs least; among equals the one that would be asked first. */
export function cheapestOf(
  estimates: readonly CostEstimate[],
): Pick<EstimateCostResponse, 'cheapestModelId' | 'cheapestProviderId' | 'savingPicoUsd'> {
  const known = estimates.filter(({ likelyPicoUsd }) => likelyPicoUsd !== undefined);
  if (known.length === 0) return { cheapestModelId: '', cheapestProviderId: '', savingPicoUsd: undefined };
  const cheapest = known.reduce((least, each) => (each.likelyPicoUsd! < least.likelyPicoUsd! ? each : least));
  const first = estimates[0]!.likelyPicoUsd;
  return {
    cheapestModelId: cheapest.modelId,
    cheapestProviderId: cheapest.providerId,
    savingPicoUsd: first === undefined ? undefined : first - cheapest.likelyPicoUsd!,
  };
}
