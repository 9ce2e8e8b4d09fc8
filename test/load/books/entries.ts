// The event log of a gateway, read from outside as facts about calls and attempts.
import type { AttemptEnded, AttemptStarted, CallAdmitted, CallEnded, CallRefused, Envelope } from '@waybill/contracts';
import { events } from '@waybill/event-log';
import type { BooksWorld } from '../../e2e/world.ts';

export type Fact =
  | { readonly kind: 'admitted'; readonly event: CallAdmitted }
  | { readonly kind: 'refused'; readonly event: CallRefused }
  | { readonly kind: 'started'; readonly event: AttemptStarted }
  | { readonly kind: 'ended'; readonly event: AttemptEnded }
  | { readonly kind: 'call_ended'; readonly event: CallEnded }
  | { readonly kind: 'other' };

/** One event, in the order of the log. */
export interface Entry {
  readonly position: bigint;
  readonly envelope: Envelope;
  readonly fact: Fact;
}

export async function readEntries(world: Pick<BooksWorld, 'openRecord'>): Promise<Entry[]> {
  const record = await world.openRecord();
  const entries: Entry[] = [];
  try {
    for await (const batch of record.events.read(0n)) {
      for (const { position, envelope } of batch) entries.push({ position, envelope, fact: factOf(envelope) });
    }
  } finally {
    await record.close();
  }
  return entries;
}

function factOf(envelope: Envelope): Fact {
  switch (envelope.type) {
    case events.callAdmitted.type:
      return { kind: 'admitted', event: events.callAdmitted.decode(envelope) };
    case events.callRefused.type:
      return { kind: 'refused', event: events.callRefused.decode(envelope) };
    case events.attemptStarted.type:
      return { kind: 'started', event: events.attemptStarted.decode(envelope) };
    case events.attemptEnded.type:
      return { kind: 'ended', event: events.attemptEnded.decode(envelope) };
    case events.callEnded.type:
      return { kind: 'call_ended', event: events.callEnded.decode(envelope) };
    default:
      return { kind: 'other' };
  }
}

type Kind = Exclude<Fact['kind'], 'other'>;
type EventOf<Wanted extends Kind> = Extract<Fact, { kind: Wanted }>['event'];

/** The events of one kind, in order. */
export function eventsOf<Wanted extends Kind>(entries: readonly Entry[], kind: Wanted): EventOf<Wanted>[] {
  return entries.flatMap(({ fact }) => (fact.kind === kind ? [fact.event as EventOf<Wanted>] : []));
}

/** Attempts that have started and not ended. */
export function openAttempts(entries: readonly Entry[]): string[] {
  const ended = new Set(eventsOf(entries, 'ended').map(({ attemptId }) => attemptId));
  return eventsOf(entries, 'started').flatMap(({ attemptId }) => (ended.has(attemptId) ? [] : [attemptId]));
}
