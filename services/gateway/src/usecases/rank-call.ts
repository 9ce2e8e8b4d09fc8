// Asks selector who could serve a call, and bounds what each of them may cost.
import type { Attribution, Call, RankRequest, RankResponse, Selection, Warning } from '@waybill/contracts';
import { faultOf } from '@waybill/kernel';
import { boundInputTokens, capabilitiesNeeded, estimateInputTokens } from '@waybill/providers';
import { boundOption } from '../core/bounds.ts';
import { withinInputs } from '../core/embedding-inputs.ts';
import type { CallOption } from '../core/plan.ts';
import { type CallFacts, selectionOf } from '../core/records.ts';
import { faultOfExclusions } from '../core/refusals.ts';
import type { CallUnderWay, JourneyWorld, RankedCall } from './call-under-way.ts';
import { refuseCall } from './refuse-call.ts';

/** Who could serve a call. */
export interface Ranked {
  readonly ranking: RankResponse;
  readonly options: readonly CallOption[];
  readonly selection: Selection;
  readonly inputTokensBound: number;
  /** What the caller is told about the ranking. */
  readonly warnings: readonly Warning[];
}

/** The call with its candidates; undefined when there are none, and then it was refused. */
export async function findCandidates(world: JourneyWorld, call: CallUnderWay): Promise<RankedCall | undefined> {
  const { facts, answer } = call;
  try {
    const request = rankRequest(call);
    const { ranking: ranked, warnings: ofRanking } = await world.rank(request, answer.gone);
    const ranking = withinInputs(facts.call, ranked);
    const warnings = [...ofRanking, ...warnOfPreference(request, ranking)];
    world.reached('ranked', facts.callId);
    const options = ranking.candidates.map((candidate) => boundOption(facts.call, candidate));
    const selection = selectionOf(ranking, options);
    const found = { ranking, options, selection, warnings, inputTokensBound: request.inputTokensBound };
    if (options.length > 0)
      return { ...call, ranked: found, whole: ranking.policy?.whole === true || !isStreamed(facts) };
    const { exclusions } = ranking;
    return refuseCall(world, call, { fault: faultOfExclusions(facts.call.model, exclusions), selection, exclusions });
  } catch (thrown) {
    return refuseCall(world, call, { fault: faultOf(thrown) });
  }
}

function rankRequest({ facts, incoming }: CallUnderWay): RankRequest {
  const { callId, attribution, call } = facts;
  return { ...rankingOf(call, attribution), callId, preferredProvider: incoming.wishes?.preferredProvider ?? '' };
}

/** What selector is asked for a call. */
export function rankingOf(call: Call, attribution: Attribution): RankRequest {
  const maxOutputTokens = call.task?.$case === 'chat' ? call.task.value.maxOutputTokens : undefined;
  return {
    callId: '',
    attribution,
    model: call.model,
    capabilities: capabilitiesNeeded(call),
    inputTokensBound: boundInputTokens(call),
    inputTokensEstimate: estimateInputTokens(call),
    maxOutputTokens,
    preferredProvider: '',
  };
}

/** A preference that no candidate meets is said; where one meets it, that one goes first. */
function warnOfPreference({ preferredProvider }: RankRequest, { candidates }: RankResponse): Warning[] {
  const isFollowed = candidates[0]?.reasons.includes('preferred_provider') === true;
  if (preferredProvider === '' || isFollowed || candidates.length === 0) return [];
  const message = `${preferredProvider.slice(0, 64)} has no candidate for this call; another provider was asked`;
  return [{ code: 'adjusted', subject: 'preferred_provider', message }];
}

function isStreamed({ call }: CallFacts): boolean {
  return call.task?.$case === 'chat' && call.task.value.stream;
}
