// What a caller is told when a call cannot go out.
import { type AdmissionRefusal, type Exclusion, LimitKind } from '@waybill/contracts';
import { type Fault, type FaultKind, fault } from '@waybill/kernel';

const limitKinds: Readonly<Record<LimitKind, string>> = {
  [LimitKind.UNSPECIFIED]: 'limit',
  [LimitKind.REQUESTS]: 'requests',
  [LimitKind.TOKENS]: 'tokens',
  [LimitKind.CONCURRENCY]: 'concurrency',
  [LimitKind.BUDGET]: 'budget',
  [LimitKind.CALL_COST]: 'call_cost',
  [LimitKind.UNPRICED]: 'unpriced',
};

/** A limit or budget that refused a call, with its figures in its own unit. */
export function faultOfRefusal(refusal: AdmissionRefusal): Fault {
  const { limit, kind, amount, used, held, free, needed, neverFits, message, retryAfterMs } = refusal;
  const figures = { amount, used, held, free, needed };
  const details: Record<string, string> = { limit, limit_kind: limitKinds[kind] };
  for (const [name, figure] of Object.entries(figures)) details[name] = String(figure);
  if (neverFits) details.never_fits = 'true';
  return fault('limited', message, { details, retryAfterMs });
}

/** By what would have to change, the most telling first. */
const byReason: readonly (readonly [reason: string, kind: FaultKind, why: string])[] = [
  ['unhealthy', 'unavailable', 'every model that could serve this call is unhealthy at the moment'],
  ['context_too_small', 'too_large', "the prompt is longer than any candidate's context window"],
  ['too_many_inputs', 'invalid', 'there are more texts to embed than a candidate takes; send them in several calls'],
  ['lacks_capability', 'invalid', 'no candidate can do what this call asks for'],
  ['seat_of_another', 'forbidden', "every candidate is another person's seat"],
  ['not_allowed', 'forbidden', 'no candidate is allowed for this caller'],
  ['disabled', 'unavailable', 'every candidate is disabled'],
];

/** No model can serve the call: why, and which of them lacks what. */
export function faultOfExclusions(model: string, exclusions: readonly Exclusion[]): Fault {
  const [reason, kind, why] = byReason.find(([reason]) => exclusions.some((each) => each.reason === reason)) ?? [
    'none',
    'unavailable',
    'no candidate is configured',
  ];
  const named = exclusions
    .slice(0, 8)
    .map(({ modelId, reason, detail }) => `${modelId} (${detail === '' ? reason : `${reason}: ${detail}`})`);
  const list = named.length === 0 ? '' : `: ${named.join(', ')}`;
  return fault(kind, `${model}: ${why}${list}`, { details: { reason, model } });
}
