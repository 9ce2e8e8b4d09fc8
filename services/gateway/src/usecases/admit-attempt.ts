// Asks rate-limit whether an attempt may go out.
import { type AdmissionRefusal, type AdmitResponse, LimitKind } from '@waybill/contracts';
import { type Clock, fault, faultOf } from '@waybill/kernel';
import type { CallOptions } from '@waybill/rpc';
import type { JourneyEvent } from '../core/journey.ts';
import { isAway, neighbourAway } from '../core/neighbour-away.ts';
import { admissionOption, type CallOption } from '../core/plan.ts';
import type { CallFacts } from '../core/records.ts';
import { faultOfRefusal } from '../core/refusals.ts';
import type { Neighbours } from '../ports.ts';
import { ask } from './ask.ts';
import { countedOptions } from './count-tokens.ts';
import type { Sightings } from './sightings.ts';

export interface AdmitOptions {
  readonly limits: Pick<Neighbours['limits'], 'admit'>;
  /** For all tries together, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly sightings: Sightings;
  /** Aborts when the caller has left. */
  readonly gone: AbortSignal;
  readonly attemptId: string;
  readonly options: readonly CallOption[];
  readonly maxCostPicoUsd: bigint | undefined;
}

type Decided = Extract<JourneyEvent, { kind: 'admitted' | 'not_admitted' }>;

const boundsMatter: ReadonlySet<LimitKind> = new Set([LimitKind.TOKENS, LimitKind.BUDGET, LimitKind.CALL_COST]);

/** Where the bound of the prompt stood in the way, it is counted exactly and asked once more. Never rejects. */
export async function admitAttempt(facts: CallFacts, asked: AdmitOptions): Promise<Decided> {
  const first = await admit(facts, asked, asked.options);
  if (first.kind === 'admitted' || !first.refusal || !boundsMatter.has(first.refusal.kind)) return first;
  const counted = await countedOptions(facts.call, asked.options);
  return counted === undefined ? first : admit(facts, asked, counted);
}

/** The same attempt is admitted once, however often it is asked for; the last time it was asked is what its span counts from. */
async function admit(facts: CallFacts, asked: AdmitOptions, options: readonly CallOption[]): Promise<Decided> {
  const { limits, timeoutMs, clock, gone, sightings, attemptId, maxCostPicoUsd } = asked;
  const { callId, attribution } = facts;
  const admissionOptions = options.map(admissionOption);
  const request = { callId, attemptId, attribution, options: admissionOptions, maxCostPicoUsd };
  let askedAtMs = 0;
  const question = (tried: CallOptions) => {
    askedAtMs = clock.monotonicMs();
    return limits.admit(request, tried);
  };
  try {
    const answer = await ask(question, { clock, timeoutMs, signal: gone });
    sightings.note('rate-limit', true);
    return decided(answer, options, askedAtMs);
  } catch (thrown) {
    const because = faultOf(thrown);
    sightings.note('rate-limit', !isAway(because));
    return { kind: 'not_admitted', fault: isAway(because) ? neighbourAway('rate-limit', because) : because };
  }
}

function decided({ decision }: AdmitResponse, options: readonly CallOption[], askedAtMs: number): Decided {
  if (decision?.$case === 'admission') {
    const option = options[decision.value.optionIndex];
    if (option) return { kind: 'admitted', option, admission: decision.value, askedAtMs };
  }
  if (decision?.$case === 'refusal') return refused(decision.value);
  return { kind: 'not_admitted', fault: fault('internal', 'rate-limit gave no decision that can be read') };
}

function refused(refusal: AdmissionRefusal): Decided {
  return { kind: 'not_admitted', fault: faultOfRefusal(refusal), refusal };
}
