// Why a call went where it went, or nowhere.
import {
  type AdmissionRefusal,
  type CallAdmitted,
  type CallRefused,
  LimitKind,
  type RankedCandidate,
  type Selection,
} from '@waybill/contracts';
import { dollars } from './money.ts';
import { count, faultText, plain, sentences } from './words.ts';

export function tellAdmitted(admitted: CallAdmitted): string {
  const { attribution, model, dialect, stream, request, selection } = admitted;
  const by = [
    attribution?.tenantId || 'an unnamed tenant',
    attribution?.projectId && `project ${attribution.projectId}`,
    attribution?.keyId && `key ${attribution.keyId}`,
    attribution?.user && `user ${attribution.user}`,
    attribution?.agentType && `agent type ${attribution.agentType}`,
    attribution?.runId && `run ${attribution.runId}`,
  ].filter(Boolean);
  const how = `${dialect || 'an unnamed dialect'}${stream ? ', streamed' : ''}`;
  return sentences(
    `${by.join(', ')} asked for ${model} by ${how}.`,
    request && `The prompt was bounded at ${count(request.inputTokensBound, 'token')}.`,
    selection && tellSelection(selection),
  );
}

export function tellRefused({ model, dialect, fault, refusal, selection, exclusions }: CallRefused): string {
  const left = exclusions.map(({ modelId, reason, detail }) => `${modelId} (${plain(detail || reason)})`);
  const why = fault ? `: ${faultText(fault)}` : '';
  return sentences(
    `The call for ${model} by ${dialect || 'an unnamed dialect'} was refused and nothing was sent${why}.`,
    refusal && tellRefusal(refusal),
    left.length > 0 && `Left out: ${left.join(', ')}.`,
    selection && tellSelection(selection),
  );
}

function tellSelection({ strategy, candidates, exclusions }: Selection): string {
  const ranked = candidates.map((candidate, index) => `${index + 1}. ${tellCandidate(candidate)}`);
  const excluded = Object.entries(exclusions).map(([reason, models]) => `${models} as ${plain(reason)}`);
  return sentences(
    `The strategy ${strategy} ranked ${count(candidates.length, 'model')}${ranked.length > 0 ? ':' : '.'}`,
    ranked.length > 0 && `${ranked.join('; ')}.`,
    excluded.length > 0 && `It left out ${excluded.join(', ')}.`,
  );
}

function tellCandidate({ modelId, providerId, reasons, holdPicoUsd }: RankedCandidate): string {
  const facts = [...reasons.map(plain), holdPicoUsd !== undefined && `at most ${dollars(holdPicoUsd)}`].filter(Boolean);
  return `${modelId} at ${providerId}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

function tellRefusal(refusal: AdmissionRefusal): string {
  const { limit, kind, amount, used, held, free, needed, neverFits, retryAfterMs } = refusal;
  const isMoney = kind === LimitKind.BUDGET || kind === LimitKind.CALL_COST;
  const figure = (value: bigint) => (isMoney ? dollars(value) : value.toString());
  const when = retryAfterMs === undefined ? '' : `It would fit in ${retryAfterMs} ms.`;
  return sentences(
    `The limit ${limit} allows ${figure(amount)}: ${figure(used)} was used, ${figure(held)} held`,
    `and ${figure(free)} free, and the call needed ${figure(needed)}.`,
    neverFits ? 'It would never fit.' : when,
  );
}
