// A ranking that is used again because selector gives none.
import type { RankRequest, RankResponse, Warning } from '@waybill/contracts';

/** Calls with the same key are ranked alike, but for the length of their prompts and the time. */
export function rankingKey(request: RankRequest): string {
  const { attribution, model, capabilities, maxOutputTokens = null, preferredProvider } = request;
  const { tenantId = '', projectId = '', keyId = '' } = attribution ?? {};
  const sorted = [...capabilities].sort();
  return JSON.stringify([tenantId, projectId, keyId, model, maxOutputTokens, preferredProvider, ...sorted]);
}

/** The same candidates, as far as the prompt fits, each saying that its place is an old one. */
export function rankedBefore(ranking: RankResponse, { inputTokensEstimate }: RankRequest): RankResponse {
  const fitting = ranking.candidates.filter(({ contextWindow }) => inputTokensEstimate <= contextWindow);
  const candidates = fitting.map((candidate) => ({ ...candidate, reasons: [...candidate.reasons, 'old_ranking'] }));
  return { ...ranking, candidates };
}

export function warningOfOldRanking(ageMs: number): Warning {
  const message = `selector gave no ranking; that of ${Math.ceil(ageMs / 1_000)} s ago was used`;
  return { code: 'old_ranking', subject: 'model', message };
}
