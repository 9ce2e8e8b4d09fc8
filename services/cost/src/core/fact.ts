// What the ledger needs to know of an event: the three events that move money, brought to one shape.
import {
  type AttemptEnded,
  type AttemptStarted,
  type Rating,
  type Usage,
  type UsageCorrected,
  UsageSource,
} from '@waybill/contracts';
import type { Micros, PicoUsd } from '@waybill/kernel';

/**
 * How far an amount can be trusted. `none`: nothing was used. `unknown`: nobody knows what was used, which is no
 * amount. `unpriced`: the usage is known and its model has no prices, which is no amount either.
 */
export type UsageStanding = 'none' | 'reported' | 'estimated' | 'unknown' | 'unpriced';

/** An event that moves money. */
export interface MoneyFact {
  readonly kind: 'started' | 'ended' | 'corrected';
  readonly eventId: string;
  readonly occurredAtMicros: Micros;
  readonly callId: string;
  readonly attemptId: string;
  readonly tenantId: string;
  readonly providerId: string;
  readonly modelId: string;
  readonly standing: UsageStanding;
  /** What is booked; undefined when nothing is. */
  readonly rating: Rating | undefined;
  /** Opened when started, given back when ended; 0 when nothing was held. */
  readonly holdPicoUsd: PicoUsd;
  /** By how much the uncertain amount grows; negative when a correction takes doubt away. */
  readonly uncertainPicoUsd: PicoUsd;
  /** Of a correction: the event whose usage it replaces, and what that one was booked at. */
  readonly replacesEventId: string;
  readonly replacedPicoUsd: PicoUsd;
}

/** The parts of the envelope that go on the books. */
export interface EventIdentity {
  readonly eventId: string;
  readonly occurredAtMicros: Micros;
}

export function factOfStart({ eventId, occurredAtMicros }: EventIdentity, started: AttemptStarted): MoneyFact {
  return {
    kind: 'started',
    eventId,
    occurredAtMicros,
    ...subjectOf(started),
    standing: 'none',
    rating: undefined,
    holdPicoUsd: started.reservation?.holdPicoUsd ?? 0n,
    uncertainPicoUsd: 0n,
    replacesEventId: '',
    replacedPicoUsd: 0n,
  };
}

export function factOfEnd({ eventId, occurredAtMicros }: EventIdentity, ended: AttemptEnded): MoneyFact {
  return {
    kind: 'ended',
    eventId,
    occurredAtMicros,
    ...subjectOf(ended),
    standing: standingOf(ended.usage, ended.rating),
    rating: ended.rating,
    holdPicoUsd: ended.holdPicoUsd ?? 0n,
    uncertainPicoUsd: ended.uncertainPicoUsd,
    replacesEventId: '',
    replacedPicoUsd: 0n,
  };
}

export function factOfCorrection({ eventId, occurredAtMicros }: EventIdentity, corrected: UsageCorrected): MoneyFact {
  return {
    kind: 'corrected',
    eventId,
    occurredAtMicros,
    ...subjectOf(corrected),
    standing: standingOf(corrected.usage, corrected.rating),
    rating: corrected.rating,
    holdPicoUsd: 0n,
    uncertainPicoUsd: -corrected.releasedPicoUsd,
    replacesEventId: corrected.replacesEventId,
    replacedPicoUsd: (corrected.rating?.amountPicoUsd ?? 0n) - corrected.differencePicoUsd,
  };
}

/** Usage that its price card cannot price is booked at the hold, which is a bound and no price. */
export function standingOf(usage: Usage | undefined, rating: Rating | undefined): UsageStanding {
  if (usage === undefined) return 'none';
  if (usage.source !== UsageSource.REPORTED && usage.source !== UsageSource.ESTIMATED) return 'unknown';
  if (rating === undefined) return 'unpriced';
  return usage.source === UsageSource.ESTIMATED || rating.table === 'hold' ? 'estimated' : 'reported';
}

type Subject = Pick<AttemptEnded, 'callId' | 'attemptId' | 'attribution' | 'providerId' | 'modelId'>;

function subjectOf({ callId, attemptId, attribution, providerId, modelId }: Subject) {
  return { callId, attemptId, tenantId: attribution?.tenantId ?? '', providerId, modelId };
}
