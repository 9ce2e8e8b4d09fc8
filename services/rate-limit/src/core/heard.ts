// What the log tells an owner of its own attempts. Nothing waits for it; it mends what was never told by a call.
import { countInMinutes, keep } from './reservation.ts';
import type { Subject } from './scope.ts';
import { book, conclude, type Settled, type Settlement, type ThresholdCrossed } from './settle.ts';
import { advance, type LimitState, type Reservation } from './state.ts';

export interface AttemptBegun {
  readonly attemptId: string;
  readonly subject: Subject;
  readonly atMicros: bigint;
  readonly tokens: number;
  readonly holdPicoUsd: bigint;
  readonly notAfterMicros: bigint;
  readonly reserved: readonly string[];
}

/** Its tokens are undefined where nobody knows how many: then they stay counted at the bounds. */
export interface AttemptOver extends Omit<Settlement, 'inputTokens' | 'outputTokens'> {
  readonly subject: Subject;
  readonly atMicros: bigint;
  readonly tokens: number | undefined;
}

export interface UsageRevised {
  readonly subject: Subject;
  readonly atMicros: bigint;
  readonly differencePicoUsd: bigint;
  readonly releasedPicoUsd: bigint;
}

/**
 * An attempt has started. One that nothing is reserved for was admitted by nobody who is in charge now, and so cannot
 * go out; it is held all the same until its end is told, as it would be after a restart.
 */
export function hearBegun(state: LimitState, begun: AttemptBegun): void {
  const known = state.reservations.get(begun.attemptId);
  if (known) known.started = true;
  else if (!state.settledBeforeEnd.has(begun.attemptId)) {
    advance(state, begun.atMicros);
    countInMinutes(state, begun);
    keep(state, reservationOf(begun));
  }
}

/** An attempt has ended: settled now, unless a call has done so before. */
export function hearOver(state: LimitState, over: AttemptOver): Settled | undefined {
  if (state.settledBeforeEnd.delete(over.attemptId)) return undefined;
  const reservation = state.reservations.get(over.attemptId);
  if (reservation) {
    const settlement = { ...over, inputTokens: over.tokens ?? reservation.tokens, outputTokens: 0 };
    return conclude(state, reservation, settlement);
  }
  const { attemptId, subject, amountPicoUsd } = over;
  const crossed = book(state, bookingOf(over));
  return { attemptId, subject, holdPicoUsd: amountPicoUsd, amountPicoUsd, overrunPicoUsd: 0n, crossed };
}

/** What was booked for an attempt has changed. */
export function hearRevised(state: LimitState, revised: UsageRevised): readonly ThresholdCrossed[] {
  const { subject, atMicros, differencePicoUsd, releasedPicoUsd } = revised;
  return book(state, { subject, atMicros, spentPicoUsd: differencePicoUsd, uncertainPicoUsd: -releasedPicoUsd });
}

export function bookingOf({ subject, atMicros, amountPicoUsd, uncertainPicoUsd }: AttemptOver) {
  return { subject, atMicros, spentPicoUsd: amountPicoUsd, uncertainPicoUsd };
}

/** An attempt that the log says has started; nothing more may set out on it. */
export function reservationOf(begun: AttemptBegun): Reservation {
  const { attemptId, subject, atMicros, tokens, holdPicoUsd, notAfterMicros, reserved } = begun;
  const again = { optionIndex: 0, validForMs: 0 };
  const admission = { ...again, notAfterMicros, reserved: [...reserved], admittedAtMicros: atMicros };
  return { attemptId, subject, atMicros, tokens, holdPicoUsd, admission, validUntilMs: 0, started: true };
}
