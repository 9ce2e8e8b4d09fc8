// Candidates by what a call may cost at each, and where the route says so, by how long it takes.
import type { Candidate, RankRequest } from '@waybill/contracts';
import { boundCost } from '@waybill/rating';

export interface CostOrder {
  readonly request: RankRequest;
  /** How much the time counts beside the cost, from 0 to 1. */
  readonly performanceWeight: number;
  /** How long a model is known to take, milliseconds; undefined where nothing is known. */
  timeMsOf(modelId: string): number | undefined;
}

interface Weighed {
  readonly candidate: Candidate;
  /** The dearest this call can be; undefined for a model without prices. */
  readonly cost: bigint | undefined;
  readonly timeMs: number | undefined;
}

/**
 * By the dearest this call can be at each; a model without prices comes last. With a weight for the time, by both shares
 * of the best: least cost to cost, and least time to time. What is not known counts as no share.
 */
export function cheapestFirst(candidates: readonly Candidate[], order: CostOrder): Candidate[] {
  const weighed = candidates.map((candidate) => ({
    candidate,
    cost: costOf(candidate, order.request),
    timeMs: order.timeMsOf(candidate.modelId),
  }));
  weighed.sort((one, other) => compareCosts(one.cost, other.cost));
  const least = weighed[0]?.cost;
  const scored = weighed.map((each) => scoredCandidate(each, least, []));
  if (order.performanceWeight === 0) return scored;
  return byBoth(weighed, least, order.performanceWeight);
}

/** Where two are equal, the cheaper one stays before the other. */
function byBoth(weighed: readonly Weighed[], least: bigint | undefined, weight: number): Candidate[] {
  const times = weighed.flatMap(({ timeMs }) => timeMs ?? []);
  const fastest = Math.min(...times);
  const scored = weighed.map((each) => {
    const byCost = scoredCandidate(each, least, ['weighted_by_time']);
    const timeScore = each.timeMs === undefined ? 0 : each.timeMs === 0 ? 10_000 : (fastest * 10_000) / each.timeMs;
    const scoreBasisPoints = Math.round(byCost.scoreBasisPoints * (1 - weight) + timeScore * weight);
    return { ...byCost, scoreBasisPoints };
  });
  return scored.sort((one, other) => other.scoreBasisPoints - one.scoreBasisPoints);
}

function scoredCandidate({ candidate, cost }: Weighed, least: bigint | undefined, more: readonly string[]): Candidate {
  const reason = cost === undefined ? 'unpriced' : cost === least ? 'cheapest' : 'dearer';
  return { ...candidate, scoreBasisPoints: scoreOf(cost, least), reasons: [reason, ...more] };
}

function costOf({ priceCard, maxOutputTokens }: Candidate, { inputTokensBound }: RankRequest): bigint | undefined {
  if (priceCard?.row === undefined) return undefined;
  return boundCost([priceCard.row], { inputTokensBound, outputTokensBound: maxOutputTokens });
}

function compareCosts(one: bigint | undefined, other: bigint | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return one < other ? -1 : 1;
}

function scoreOf(cost: bigint | undefined, least: bigint | undefined): number {
  if (cost === undefined || least === undefined) return 0;
  return cost === 0n ? 10_000 : Number((least * 10_000n) / cost);
}
