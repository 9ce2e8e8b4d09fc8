// `waybill audit`: proves the live books against the log; exit code 1 and a name for each drift.
import { formatUsd } from '@waybill/kernel';
import type { CommandDefinition } from '@waybill/service';
import { type Audit, auditBooks } from '../usecases/audit/audit-books.ts';
import { withBooks } from '../usecases/open-books.ts';

export const auditCommand: CommandDefinition = {
  name: 'audit',
  summary: 'compare the live ledger with a replay and rate all usage again; exit code 1 on drift',
  async run({ configuration, json, print }) {
    const audit = await withBooks(configuration, auditBooks);
    if (json) print(JSON.stringify(auditAsJson(audit)));
    else for (const line of auditAsText(audit)) print(line);
    return audit.driftCount === 0 ? 0 : 1;
  },
};

const listed = 100;

function auditAsJson(audit: Audit) {
  const { live, replayed, log, doubts, openAttempts } = audit;
  return {
    ok: audit.driftCount === 0,
    drift_count: audit.driftCount,
    drifts: audit.drifts,
    position: audit.checkpoint.toString(),
    caught_up: audit.isCaughtUp,
    entries: Number(live.entries),
    sha256: live.hash,
    replay_sha256: replayed.hash,
    spent_pico_usd: live.spentPicoUsd,
    estimated_pico_usd: live.estimatedPicoUsd,
    estimated_attempts: Number(live.estimatedAttempts),
    unknown_attempts: Number(live.unknownAttempts),
    unpriced_attempts: Number(live.unpricedAttempts),
    open_attempts: openAttempts.length,
    open: openAttempts.slice(0, listed),
    doubtful: [...doubts].slice(0, listed).map(([attemptId, doubt]) => ({
      attempt_id: attemptId,
      call_id: doubt.callId,
      standing: doubt.standing,
      provider: doubt.providerId,
      model: doubt.modelId,
      amount_pico_usd: doubt.amountPicoUsd,
    })),
    checked: {
      events: log.events,
      ratings: log.rated,
      ratings_of_other_raters: log.ratedByOthers,
      corrections: log.corrections,
    },
  };
}

function auditAsText(audit: Audit): string[] {
  const { live, log, openAttempts } = audit;
  const [spent, estimated] = [live.spentPicoUsd, live.estimatedPicoUsd].map((amount) => formatUsd(BigInt(amount)));
  const behind = audit.isCaughtUp ? '' : '; the ledger has not taken in the whole log, start the gateway to go on';
  return [
    `compared ${live.entries} entries up to position ${audit.checkpoint}${behind}`,
    `checked  ${log.events} events, ${log.rated} ratings, ${log.corrections} corrections`,
    ...(log.ratedByOthers > 0 ? [`not rated again: ${log.ratedByOthers}, which another rater version rated`] : []),
    `spent    $${spent}, of which estimated $${estimated}`,
    `unknown  ${live.unknownAttempts} attempts; unpriced ${live.unpricedAttempts}; open ${openAttempts.length}`,
    `sha256   ${live.hash}`,
    ...audit.drifts.map(({ check, subject, message }) => `DRIFT ${check} ${subject}: ${message}`),
    audit.driftCount === 0 ? 'The books agree with the log.' : `The books do not agree: ${audit.driftCount} drifts.`,
  ];
}
