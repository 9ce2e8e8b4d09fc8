// What an attempt is booked at, from everything that is known of how it went.
import {
  type AttemptResult,
  type PriceCard,
  type Rating,
  type Reservation,
  type SettleRequest,
  Usage,
  UsageSource,
} from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import { RATER_VERSION, rate } from '@waybill/rating';
import { inputTokensOf, outputTokensOf } from './usage-tokens.ts';

/** What was agreed when the attempt started. */
export interface Terms {
  readonly attemptId: string;
  readonly tenantId: string;
  readonly modelId: string;
  readonly priceCard: PriceCard | undefined;
  readonly reservation: Reservation;
}

/** What was seen of an attempt. */
export interface Evidence {
  /** What provider-adapter said at the end; undefined when it could not. */
  readonly result: AttemptResult | undefined;
  /** The last usage snapshot that came with the answer. */
  readonly usageSoFar: Usage | undefined;
  /** UTF-8 bytes of the answer that came. */
  readonly answerBytes: number;
  /** The answer is a recording: no provider was asked. */
  readonly replayed?: boolean;
  /** provider-adapter went away with it: the provider may have generated more than what came from there. */
  readonly isLost: boolean;
}

/** How an attempt stands on the books. */
export interface Settlement {
  /** Undefined when nothing was used. */
  readonly usage: Usage | undefined;
  /** What is booked; undefined when nothing is. */
  readonly rating: Rating | undefined;
  /** Stays counted beside what is booked. */
  readonly uncertainPicoUsd: bigint;
  readonly overrunPicoUsd: bigint;
  /** For rate-limit. */
  readonly request: SettleRequest;
  /** Why reported usage could not be priced by its card; it is booked at the hold then. */
  readonly unpriced: Fault | undefined;
}

/** Suspicions that leave open how much was used; the others are only odd. */
const openSuspicions: ReadonlySet<string> = new Set([
  'negative_clamped',
  'too_large_clamped',
  'unreadable_count',
  'input_missing',
  'output_missing',
  'decreasing_snapshot',
]);

/** Settles an attempt that this process saw the end of. */
export function settleEvidence(terms: Terms, evidence: Evidence): Settlement {
  const { result } = evidence;
  if (evidence.replayed || result?.replayed) return settled(terms, undefined, undefined);
  if (evidence.isLost) return settleLost(terms);
  if (result && usedNothing(result, evidence)) return settled(terms, undefined, undefined);
  const usage = result?.usage ?? evidence.usageSoFar;
  const isComplete = result !== undefined && result.fault === undefined;
  const isReported = isComplete && usage !== undefined && addsUp(usage) && explains(usage, evidence);
  return isReported ? settleReported(terms, usage) : settleEstimate(terms, estimateUsage(terms, usage, evidence));
}

/**
 * Settles an attempt whose end nobody saw: at its hold, the only figure that is neither below the truth nor above the
 * hold; unknown where nothing was held.
 */
export function settleLost(terms: Terms): Settlement {
  const { inputTokensBound, outputTokensBound, holdPicoUsd } = terms.reservation;
  if (holdPicoUsd === undefined) return settled(terms, usageOf(UsageSource.UNKNOWN, 0, 0), undefined);
  const usage = usageOf(UsageSource.ESTIMATED, inputTokensBound, outputTokensBound);
  return settled(terms, usage, ratingAtHold(terms, holdPicoUsd));
}

function usedNothing(result: AttemptResult, { usageSoFar, answerBytes }: Evidence): boolean {
  const sawUsage = result.usage !== undefined || usageSoFar !== undefined;
  return result.fault !== undefined && !result.mayHaveBilled && !sawUsage && answerBytes === 0;
}

function addsUp(usage: Usage): boolean {
  return usage.source === UsageSource.REPORTED && !usage.suspicions.some((word) => openSuspicions.has(word));
}

/** No provider serves a prompt of nothing, nor an answer: a zero beside either is a figure that was not filled in. */
function explains(usage: Usage, { answerBytes }: Evidence): boolean {
  return inputTokensOf(usage) > 0 && (answerBytes === 0 || outputTokensOf(usage) > 0);
}

function settleReported(terms: Terms, usage: Usage): Settlement {
  const { priceCard, modelId, reservation } = terms;
  if (priceCard === undefined) return settled(terms, usage, undefined);
  const rating = rate(usage, priceCard, modelId);
  if (rating.ok) return settled(terms, usage, rating.value ?? undefined);
  return { ...settled(terms, usage, ratingAtHold(terms, reservation.holdPicoUsd ?? 0n)), unpriced: rating.fault };
}

/** An estimate is never booked above the hold; what is left of the hold stays counted. */
function settleEstimate(terms: Terms, usage: Usage): Settlement {
  const { priceCard, modelId, reservation } = terms;
  const hold = reservation.holdPicoUsd;
  if (priceCard === undefined || hold === undefined) return settled(terms, usage, undefined);
  const rating = rate(usage, priceCard, modelId);
  const booked =
    rating.ok && rating.value && rating.value.amountPicoUsd <= hold ? rating.value : ratingAtHold(terms, hold);
  return settled(terms, usage, booked, hold - booked.amountPicoUsd);
}

/**
 * What the provider said so far, and never less than what came of the answer: no token is shorter than a byte. Where
 * the provider said nothing of the prompt, its upper bound counts.
 */
function estimateUsage(terms: Terms, known: Usage | undefined, { result, answerBytes }: Evidence): Usage {
  const { inputTokensBound, outputTokensBound } = terms.reservation;
  const nothing = usageOf(UsageSource.ESTIMATED, 0, 0);
  const usage = isBeyondBelief(known) ? { ...nothing, suspicions: known.suspicions } : (known ?? nothing);
  const seen = Math.min(Math.max(answerBytes, Number(result?.outputBytes ?? 0n)), outputTokensBound);
  const unreported = Math.max(0, seen - outputTokensOf(usage));
  return {
    ...usage,
    inputTokens: inputTokensOf(usage) > 0 ? usage.inputTokens : inputTokensBound,
    outputTokens: usage.outputTokens + unreported,
    source: UsageSource.ESTIMATED,
  };
}

/** A count that no field can hold says nothing; it must not fill the token limits either. */
function isBeyondBelief(usage: Usage | undefined): usage is Usage {
  return usage?.suspicions.includes('too_large_clamped') === true;
}

function usageOf(source: UsageSource, inputTokens: number, outputTokens: number): Usage {
  return { ...Usage.create(), source, inputTokens, outputTokens };
}

/** The hold as a line of its own, since no usage stands behind it. */
function ratingAtHold({ priceCard }: Terms, hold: bigint): Rating {
  const line = { class: 'hold', quantity: 1n, unitPricePicoUsd: hold, factor: undefined, amountPicoUsd: hold };
  const priceVersion = priceCard?.priceVersion ?? '';
  return { lines: [line], amountPicoUsd: hold, priceVersion, raterVersion: RATER_VERSION, table: 'hold' };
}

function settled(
  terms: Terms,
  usage: Usage | undefined,
  rating: Rating | undefined,
  uncertainPicoUsd = 0n,
): Settlement {
  const amountPicoUsd = rating?.amountPicoUsd ?? 0n;
  const over = amountPicoUsd - (terms.reservation.holdPicoUsd ?? amountPicoUsd);
  const { attemptId, tenantId } = terms;
  return {
    usage,
    rating,
    uncertainPicoUsd,
    overrunPicoUsd: over > 0n ? over : 0n,
    request: { attemptId, tenantId, ...tokensFor(terms, usage), amountPicoUsd, uncertainPicoUsd },
    unpriced: undefined,
  };
}

/** Unknown usage stays counted at its bounds. */
function tokensFor({ reservation }: Terms, usage: Usage | undefined): { inputTokens: number; outputTokens: number } {
  if (usage?.source === UsageSource.UNKNOWN) {
    return { inputTokens: reservation.inputTokensBound, outputTokens: reservation.outputTokensBound };
  }
  return { inputTokens: usage ? inputTokensOf(usage) : 0, outputTokens: usage ? outputTokensOf(usage) : 0 };
}
