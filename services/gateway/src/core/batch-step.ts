// What is to be done next about a batch that is not over.

/** A batch as it stands. */
export interface StandingBatch {
  readonly openedAtMicros: bigint;
  readonly submittingAtMicros: bigint;
  readonly upstreamBatchId: string;
}

export interface BatchMoment {
  readonly nowMicros: bigint;
  /** Whoever opened it may still be about to send it. */
  readonly mayBeSent: boolean;
}

export type BatchStep =
  | { readonly kind: 'wait' }
  /** It never left: nothing was used. */
  | { readonly kind: 'give_up' }
  /** It may have left, and nobody saw the answer. Where it is not found, it never arrived once `isLate`. */
  | { readonly kind: 'look_up'; readonly isLate: boolean }
  | { readonly kind: 'poll' }
  /** No provider keeps the results for so long. */
  | { readonly kind: 'lose' };

/** A request that was on its way when its sender died has arrived by then, or never will; microseconds. */
export const arrivalMicros = 300_000_000n;
/** Batches take a day at most, and their results are kept for a month at most. */
export const longestMicros = 30n * 86_400_000_000n;

export function nextBatchStep(batch: StandingBatch, { nowMicros, mayBeSent }: BatchMoment): BatchStep {
  if (nowMicros - batch.openedAtMicros > longestMicros) return { kind: 'lose' };
  if (batch.upstreamBatchId !== '') return { kind: 'poll' };
  if (mayBeSent) return { kind: 'wait' };
  if (batch.submittingAtMicros === 0n) return { kind: 'give_up' };
  return { kind: 'look_up', isLate: nowMicros - batch.submittingAtMicros > arrivalMicros };
}

const soonestMs = 1_000;
const rarestMs = 60_000;

/** How long after a look at a batch the next one is due: a twentieth of its age, within bounds; milliseconds. */
export function nextLookMs({ openedAtMicros }: Pick<StandingBatch, 'openedAtMicros'>, nowMicros: bigint): number {
  const ageMs = Number((nowMicros - openedAtMicros) / 1_000n);
  return Math.min(Math.max(soonestMs, ageMs / 20), rarestMs);
}
