// What attempts add to spend, and what corrections take back.
import type { Rating, Usage } from '@waybill/contracts';
import type { PicoUsd } from '@waybill/kernel';
import { standingOf } from './fact.ts';
import { inputTokensOf, outputTokensOf } from './tokens.ts';

/** Spend added up. */
export interface Tally {
  readonly amountPicoUsd: PicoUsd;
  /** The part of the amount that is an estimate. */
  readonly estimatedPicoUsd: PicoUsd;
  readonly attempts: bigint;
  /** Attempts of which nobody knows what they used. */
  readonly unknownAttempts: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

export const emptyTally: Tally = {
  amountPicoUsd: 0n,
  estimatedPicoUsd: 0n,
  attempts: 0n,
  unknownAttempts: 0n,
  inputTokens: 0n,
  outputTokens: 0n,
};

/** What one usage fact is worth, as one attempt. */
export function tallyOf({ usage, rating }: { usage: Usage | undefined; rating: Rating | undefined }): Tally {
  const standing = standingOf(usage, rating);
  const isKnown = usage !== undefined && standing !== 'unknown';
  const amountPicoUsd = rating?.amountPicoUsd ?? 0n;
  return {
    amountPicoUsd,
    estimatedPicoUsd: standing === 'estimated' ? amountPicoUsd : 0n,
    attempts: 1n,
    unknownAttempts: standing === 'unknown' ? 1n : 0n,
    inputTokens: isKnown ? inputTokensOf(usage) : 0n,
    outputTokens: isKnown ? outputTokensOf(usage) : 0n,
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  return {
    amountPicoUsd: one.amountPicoUsd + other.amountPicoUsd,
    estimatedPicoUsd: one.estimatedPicoUsd + other.estimatedPicoUsd,
    attempts: one.attempts + other.attempts,
    unknownAttempts: one.unknownAttempts + other.unknownAttempts,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
}

export function subtractTally(one: Tally, other: Tally): Tally {
  return {
    amountPicoUsd: one.amountPicoUsd - other.amountPicoUsd,
    estimatedPicoUsd: one.estimatedPicoUsd - other.estimatedPicoUsd,
    attempts: one.attempts - other.attempts,
    unknownAttempts: one.unknownAttempts - other.unknownAttempts,
    inputTokens: one.inputTokens - other.inputTokens,
    outputTokens: one.outputTokens - other.outputTokens,
  };
}
