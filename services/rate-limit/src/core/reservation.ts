// Counting a reservation in everything that applies to it.
import { accountAt, budgetsFor, concurrencyFor, type LimitState, type Reservation, ratesFor } from './state.ts';
import { addToMinute } from './window.ts';

/** Counts its request and its tokens in the minute of its admission. */
export function countInMinutes(
  state: LimitState,
  { subject, atMicros, tokens }: Pick<Reservation, 'subject' | 'atMicros' | 'tokens'>,
): void {
  for (const rule of ratesFor(state, subject)) {
    addToMinute(state.minutes.get(rule.id)!, atMicros, rule.kind === 'requests' ? 1 : tokens);
  }
}

/** Holds its money, its tokens and its place among the calls under way until it is settled or released. */
export function keep(state: LimitState, reservation: Reservation): void {
  const { subject, atMicros, tokens, holdPicoUsd } = reservation;
  for (const rule of ratesFor(state, subject)) {
    if (rule.kind === 'tokens') state.heldTokens.set(rule.id, state.heldTokens.get(rule.id)! + tokens);
  }
  for (const rule of concurrencyFor(state, subject)) state.underWay.set(rule.id, state.underWay.get(rule.id)! + 1);
  for (const rule of budgetsFor(state, subject)) accountAt(state, rule, atMicros).held += holdPicoUsd;
  state.reservations.set(reservation.attemptId, reservation);
}
