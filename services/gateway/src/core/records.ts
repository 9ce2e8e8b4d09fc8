// The payloads of the events of a call's journey.
import {
  type AdmissionRefusal,
  type AttemptEnded,
  type AttemptOutcome,
  type AttemptResult,
  type AttemptStarted,
  type Attribution,
  type Call,
  type CallAdmitted,
  type CallEnded,
  CallOutcome,
  type CallRefused,
  type Exclusion,
  type RankResponse,
  type Reservation,
  type Selection,
} from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import { toFaultMessage } from './fault-message.ts';
import type { Attempt } from './journey.ts';
import type { CallOption } from './plan.ts';
import type { Settlement, Terms } from './settlement.ts';

/** What every record of a call repeats. */
export interface CallFacts {
  readonly callId: string;
  readonly createdAtMicros: bigint;
  readonly attribution: Attribution;
  readonly dialect: string;
  readonly call: Call;
  readonly bodyBytes: number;
  readonly requestDigest: Buffer;
  /** Empty when the caller sent no key. */
  readonly idempotencyKeyDigest: string;
}

const keptCandidates = 8;

/** The ranking as far as it is kept. */
export function selectionOf(ranking: RankResponse, options: readonly CallOption[]): Selection {
  const exclusions: Record<string, number> = {};
  for (const { reason } of ranking.exclusions) exclusions[reason] = (exclusions[reason] ?? 0) + 1;
  const candidates = options.slice(0, keptCandidates).map(({ candidate, holdPicoUsd }) => ({
    modelId: candidate.modelId,
    providerId: candidate.providerId,
    priceVersion: candidate.priceCard?.priceVersion ?? '',
    scoreBasisPoints: candidate.scoreBasisPoints,
    reasons: candidate.reasons,
    holdPicoUsd,
  }));
  return { strategy: ranking.strategy, registryVersion: ranking.registryVersion, candidates, exclusions };
}

export function callAdmitted(facts: CallFacts, selection: Selection, inputTokensBound: number): CallAdmitted {
  const { callId, attribution, dialect, call, bodyBytes, requestDigest, idempotencyKeyDigest } = facts;
  const chat = call.task?.$case === 'chat' ? call.task.value : undefined;
  const embedding = call.task?.$case === 'embedding' ? call.task.value : undefined;
  return {
    callId,
    attribution,
    dialect,
    model: call.model,
    stream: chat?.stream ?? false,
    request: {
      bodyBytes,
      messages: chat?.messages.length ?? 0,
      tools: chat?.tools.length ?? 0,
      inputTokensBound,
      embeddingInputs: embedding?.inputs.length ?? 0,
    },
    selection,
    requestDigest,
    idempotencyKeyDigest,
    batchId: '',
    customId: '',
  };
}

export function reservationOf({ option, admission }: Attempt): Reservation {
  const { reserved, admittedAtMicros, notAfterMicros } = admission;
  const { inputTokensBound, outputTokensBound, holdPicoUsd } = option;
  return { inputTokensBound, outputTokensBound, holdPicoUsd, reserved, admittedAtMicros, notAfterMicros };
}

export function termsOf({ attribution }: Pick<CallFacts, 'attribution'>, attempt: Attempt): Terms {
  const { modelId, priceCard } = attempt.option.candidate;
  return {
    attemptId: attempt.attemptId,
    tenantId: attribution.tenantId,
    modelId,
    priceCard,
    reservation: reservationOf(attempt),
  };
}

export function attemptStarted(facts: CallFacts, attempt: Attempt): AttemptStarted {
  const { modelId, providerId, upstreamModel, simulated, priceCard } = attempt.option.candidate;
  return {
    callId: facts.callId,
    attemptId: attempt.attemptId,
    attemptNumber: attempt.number,
    attribution: facts.attribution,
    modelId,
    providerId,
    upstreamModel,
    simulated,
    priceCard,
    reservation: reservationOf(attempt),
  };
}

/** How an attempt ended, besides what it is booked at. */
export interface AttemptEnding {
  readonly outcome: AttemptOutcome;
  readonly fault: Fault | undefined;
  readonly settlement: Settlement;
  /** What provider-adapter said at the end. */
  readonly result: AttemptResult | undefined;
  readonly deliveredBytes: number;
  readonly swept: boolean;
}

/** The end of an attempt, made from its start so that the sweeper can write the same. */
export function attemptEnded(started: AttemptStarted, ending: AttemptEnding): AttemptEnded {
  const { callId, attemptId, attemptNumber, attribution, modelId, providerId, upstreamModel, simulated } = started;
  const { outcome, fault, settlement, result, deliveredBytes, swept } = ending;
  return {
    callId,
    attemptId,
    attemptNumber,
    attribution,
    modelId,
    providerId,
    upstreamModel,
    reportedModel: result?.reportedModel ?? '',
    outcome,
    fault: fault && toFaultMessage(fault),
    usage: settlement.usage,
    rawUsage: result?.rawUsage ?? Buffer.alloc(0),
    rating: settlement.rating,
    finish: result?.finish,
    timings: result?.timings,
    providerRequestId: result?.providerRequestId ?? '',
    uncertainPicoUsd: settlement.uncertainPicoUsd,
    overrunPicoUsd: settlement.overrunPicoUsd,
    deliveredBytes: BigInt(deliveredBytes),
    warnings: result?.warnings ?? [],
    swept,
    simulated,
    holdPicoUsd: started.reservation?.holdPicoUsd,
    admittedAtMicros: started.reservation?.admittedAtMicros ?? 0n,
    replayed: result?.replayed ?? false,
    versionLabel: result?.versionLabel ?? '',
    tenantKeyId: result?.tenantKeyId ?? '',
  };
}

/** How a call ended for its caller. */
export interface CallEnding {
  readonly outcome: CallOutcome;
  readonly fault: Fault | undefined;
  readonly attempts: number;
  /** The last attempt's. */
  readonly modelId: string;
  readonly providerId: string;
  readonly durationMs: number;
  readonly overheadMicros: number;
}

export function callEnded(facts: Pick<CallFacts, 'callId' | 'attribution'>, ending: CallEnding): CallEnded {
  const { fault, durationMs, overheadMicros, modelId, providerId, ...rest } = ending;
  const answered = ending.outcome === CallOutcome.COMPLETED;
  return {
    callId: facts.callId,
    attribution: facts.attribution,
    ...rest,
    fault: fault && toFaultMessage(fault),
    modelId: answered ? modelId : '',
    providerId: answered ? providerId : '',
    durationMs: Math.round(durationMs),
    overheadMicros: Math.round(overheadMicros),
  };
}

/** Why a call never went out. */
export interface CallRefusal {
  readonly fault: Fault;
  readonly refusal?: AdmissionRefusal | undefined;
  readonly selection?: Selection | undefined;
  /** When no candidate was left. */
  readonly exclusions?: readonly Exclusion[];
}

export function callRefused(facts: CallFacts, { fault, refusal, selection, exclusions }: CallRefusal): CallRefused {
  return {
    callId: facts.callId,
    attribution: facts.attribution,
    dialect: facts.dialect,
    model: facts.call.model,
    fault: toFaultMessage(fault),
    refusal,
    selection,
    exclusions: [...(exclusions ?? [])].slice(0, keptCandidates),
  };
}
