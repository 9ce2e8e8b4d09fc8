// More texts to embed than a provider takes at once: it is not asked, so that no attempt is spent on a sure refusal.
import type { Call, Candidate, Exclusion, RankResponse } from '@waybill/contracts';
import { codecFor } from '@waybill/providers';

/**
 * The ranking without the candidates that take fewer texts than the call has, who are among the exclusions then. A call
 * is never split: an attempt is one request of a provider, with one usage that is on the books or is not.
 */
export function withinInputs({ task }: Call, ranking: RankResponse): RankResponse {
  const inputs = task?.$case === 'embedding' ? task.value.inputs.length : 0;
  const takesAll = (candidate: Candidate) => inputs <= mostInputs(candidate);
  const tooSmall = ranking.candidates.filter((candidate) => !takesAll(candidate));
  if (tooSmall.length === 0) return ranking;
  const exclusions = tooSmall.map((candidate) => exclusionOf(candidate, inputs));
  const candidates = ranking.candidates.filter(takesAll);
  return { ...ranking, candidates, exclusions: [...exclusions, ...ranking.exclusions] };
}

function mostInputs({ providerKind }: Candidate): number {
  return codecFor(providerKind)?.mostEmbeddingInputs ?? Number.POSITIVE_INFINITY;
}

function exclusionOf(candidate: Candidate, inputs: number): Exclusion {
  const detail = `takes ${mostInputs(candidate)} texts a call, there are ${inputs}`;
  return { modelId: candidate.modelId, reason: 'too_many_inputs', detail };
}
