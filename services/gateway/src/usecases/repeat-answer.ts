// An answer that was given before, given again.
import type { Warning } from '@waybill/contracts';
import type { ConductedCall } from '../conduct.ts';
import type { KeptAnswer } from '../ports.ts';

/** The call it tells of is the first one: the repeat costs nothing and is on no books. */
export function repeatAnswer({ parts, summary }: KeptAnswer): ConductedCall {
  const warnings: Warning[] = [];
  let reportedModel = '';
  for (const { part } of parts) {
    if (part?.$case === 'warning') warnings.push(part.value);
    if (part?.$case === 'started') reportedModel = part.value.reportedModel;
  }
  const { callId, createdAtMicros, modelId, providerId, attempts, simulated } = summary;
  return {
    callId,
    createdAtMicros,
    modelId,
    providerId,
    attempts,
    simulated,
    reportedModel,
    warnings,
    repeated: true,
    parts: (async function* () {
      yield* parts;
    })(),
    overheadMicros: () => summary.overheadMicros,
    summary: () => summary,
  };
}
