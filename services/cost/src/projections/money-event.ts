// From a stored event to the fact and the postings behind it.
import { events, type StoredEvent } from '@waybill/event-log';
import { factOfCorrection, factOfEnd, factOfStart, type MoneyFact } from '../core/fact.ts';
import { changesOf, type Posting, postingsOf } from '../core/postings.ts';

/** The events that move money. */
export const moneyEventTypes: readonly string[] = [
  events.attemptStarted.type,
  events.attemptEnded.type,
  events.usageCorrected.type,
];

export interface MoneyEvent {
  readonly position: bigint;
  readonly fact: MoneyFact;
  readonly postings: readonly Posting[];
  /** By account. */
  readonly changes: ReadonlyMap<string, bigint>;
}

/** Throws when the event cannot be read, names no attempt, or has an amount that cannot be booked. */
export function moneyEventOf(event: StoredEvent): MoneyEvent {
  const fact = factOf(event);
  if (fact.attemptId === '') throw new RangeError(`${fact.eventId} names no attempt`);
  const postings = postingsOf(fact);
  return { position: event.position, fact, postings, changes: changesOf(postings) };
}

function factOf({ envelope }: StoredEvent): MoneyFact {
  switch (envelope.type) {
    case events.attemptStarted.type:
      return factOfStart(envelope, events.attemptStarted.decode(envelope));
    case events.attemptEnded.type:
      return factOfEnd(envelope, events.attemptEnded.decode(envelope));
    default:
      return factOfCorrection(envelope, events.usageCorrected.decode(envelope));
  }
}
