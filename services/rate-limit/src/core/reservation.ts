// Counting a reservation in everything that applies to it, and letting go of it.
import { accountAt, budgetsFor, type LimitState, type Reservation, ratesFor, underWayFor } from './state.ts';
import { addToMinute, adjustMinute } from './window.ts';

/** Counts its request and its tokens in the minute of its admission. */
export function countInMinutes(
  state: LimitState,
  counted: Pick<Reservation, 'attemptId' | 'subject' | 'atMicros' | 'tokens'>,
): void {
  const { atMicros, tokens } = counted;
  for (const { rule, minute } of ratesFor(state, counted)) {
    addToMinute(minute, atMicros, rule.kind === 'requests' ? 1 : tokens);
  }
}

/** Holds its money, its tokens and its place among the calls under way until it is settled or released. */
export function keep(state: LimitState, reservation: Reservation): void {
  const { subject, atMicros, tokens, holdPicoUsd } = reservation;
  for (const counter of ratesFor(state, reservation)) {
    if (counter.rule.kind === 'tokens') counter.heldTokens += tokens;
  }
  for (const counter of underWayFor(state, reservation)) counter.attempts += 1;
  for (const rule of budgetsFor(state, subject)) accountAt(state, rule, atMicros).held += holdPicoUsd;
  state.reservations.set(reservation.attemptId, reservation);
}

/** Ends the hold of money, tokens and concurrency; the tokens really used stay counted in their minute. */
export function letGo(state: LimitState, reservation: Reservation, usedTokens: number): void {
  const { subject, atMicros, tokens, holdPicoUsd, attemptId } = reservation;
  for (const counter of ratesFor(state, reservation)) {
    if (counter.rule.kind !== 'tokens') continue;
    adjustMinute(counter.minute, atMicros, usedTokens - tokens);
    counter.heldTokens -= tokens;
  }
  for (const counter of underWayFor(state, reservation)) counter.attempts -= 1;
  for (const rule of budgetsFor(state, subject)) accountAt(state, rule, atMicros).held -= holdPicoUsd;
  state.reservations.delete(attemptId);
}
