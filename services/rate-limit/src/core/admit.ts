// May it go now: checks every limit and budget that applies, and reserves in all of them or in none.
import type { Admission, AdmissionRefusal, AdmitRequest, AdmitResponse } from '@waybill/contracts';
import { type Asked, nothingAskedFor, refusalOf, tokensOf } from './refusal.ts';
import { countInMinutes, keep } from './reservation.ts';
import { subjectOf } from './scope.ts';
import { advance, budgetsFor, type LimitState, type Reservation, ratesFor, underWayFor } from './state.ts';

/** How long an admission is good for at most. */
export const longestValidityMs = 5_000;
/** What would be good for less than this is not given out at all. */
export const shortestValidityMs = 250;

export interface AdmittedAt {
  readonly clockMicros: bigint;
  /** Of this process's steady clock. */
  readonly steadyMs: number;
  /** How long an admission given now is good for: never longer than whoever gives it is certain to be in charge. */
  readonly validForMs: number;
}

/**
 * Reserves for the first option that fits, or refuses with the limit that would free up soonest. Undefined for an
 * attempt that was admitted before and whose admission has run out.
 */
export function admit(state: LimitState, request: AdmitRequest, at: AdmittedAt): AdmitResponse | undefined {
  const known = state.reservations.get(request.attemptId);
  if (known) return admittedBefore(known, at);
  const nowMicros = advance(state, at.clockMicros);
  let refusal: AdmissionRefusal | undefined;
  for (const [index, option] of request.options.entries()) {
    const subject = subjectOf(request.attribution, option.modelId, option.providerId);
    const asked = { request, option, subject, nowMicros };
    const refused = refusalOf(state, asked);
    if (refused === undefined) return admitted(reserve(state, asked, index, at).admission);
    if (refusal === undefined || fitsSooner(refused, refusal)) refusal = refused;
  }
  return { decision: { $case: 'refusal', value: refusal ?? nothingAskedFor } };
}

/** The same answer, good until when it was good at first. */
function admittedBefore(known: Reservation, { steadyMs, validForMs }: AdmittedAt): AdmitResponse | undefined {
  const leftMs = Math.floor(Math.min(known.validUntilMs - steadyMs, validForMs));
  return leftMs < shortestValidityMs ? undefined : admitted({ ...known.admission, validForMs: leftMs });
}

function admitted(value: Admission): AdmitResponse {
  return { decision: { $case: 'admission', value } };
}

function fitsSooner(one: AdmissionRefusal, other: AdmissionRefusal): boolean {
  if (one.neverFits !== other.neverFits) return other.neverFits;
  return (one.retryAfterMs ?? Number.POSITIVE_INFINITY) < (other.retryAfterMs ?? Number.POSITIVE_INFINITY);
}

function reserve(state: LimitState, asked: Asked, optionIndex: number, at: AdmittedAt): Reservation {
  const { request, option, subject, nowMicros } = asked;
  const { steadyMs, validForMs } = at;
  const counted = { attemptId: request.attemptId, subject };
  const reserved = [
    ...ratesFor(state, counted).map(({ rule }) => rule.id),
    ...underWayFor(state, counted).map(({ rule }) => rule.id),
    ...budgetsFor(state, subject).map(({ id }) => id),
  ];
  const reservation: Reservation = {
    attemptId: request.attemptId,
    subject,
    atMicros: nowMicros,
    tokens: tokensOf(option),
    holdPicoUsd: option.holdPicoUsd ?? 0n,
    admission: {
      optionIndex,
      notAfterMicros: nowMicros + BigInt(validForMs) * 1_000n,
      reserved,
      admittedAtMicros: nowMicros,
      validForMs,
    },
    validUntilMs: steadyMs + validForMs,
    started: false,
  };
  countInMinutes(state, reservation);
  keep(state, reservation);
  return reservation;
}
