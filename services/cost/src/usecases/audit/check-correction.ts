// A correction has to replace what is current, and to say rightly what that one was booked at.
import type { UsageCorrected } from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import { type Terms, termsOf } from '../../core/check-rating.ts';
import type { ReportDrift } from '../../core/drift.ts';

/** Checks it against its call's events; what its attempt is priced by, or undefined when that is not on record. */
export function checkCorrection(
  event: StoredEvent,
  corrected: UsageCorrected,
  stream: readonly StoredEvent[],
  report: ReportDrift,
): Terms | undefined {
  const { eventId } = event.envelope;
  const earlier = stream.filter(({ position }) => position < event.position).map(factOf);
  const mine = earlier.filter((fact) => fact?.attemptId === corrected.attemptId);
  const current = mine.findLast((fact) => fact?.kind === 'usage');
  if (current?.kind !== 'usage' || current.eventId !== corrected.replacesEventId) {
    const wanted = current?.kind === 'usage' ? current.eventId : 'nothing';
    report('correction', eventId, `replaces ${corrected.replacesEventId}, and current is ${wanted}`);
  } else if (bookedBy(corrected) !== current.amountPicoUsd + corrected.differencePicoUsd) {
    const figures = `${current.amountPicoUsd} before, ${bookedBy(corrected)} now`;
    report('correction', eventId, `tells a difference of ${corrected.differencePicoUsd}; booked were ${figures}`);
  }
  const start = mine.find((fact) => fact?.kind === 'start');
  return start?.kind === 'start' ? start.terms : undefined;
}

type EarlierFact =
  | { readonly kind: 'start'; readonly attemptId: string; readonly terms: Terms }
  | { readonly kind: 'usage'; readonly attemptId: string; readonly eventId: string; readonly amountPicoUsd: bigint };

function factOf({ envelope }: StoredEvent): EarlierFact | undefined {
  const { eventId, type } = envelope;
  if (type === events.attemptStarted.type) {
    const started = events.attemptStarted.decode(envelope);
    return { kind: 'start', attemptId: started.attemptId, terms: termsOf(started) };
  }
  const isEnd = type === events.attemptEnded.type;
  if (!isEnd && type !== events.usageCorrected.type) return undefined;
  const fact = isEnd ? events.attemptEnded.decode(envelope) : events.usageCorrected.decode(envelope);
  return { kind: 'usage', attemptId: fact.attemptId, eventId, amountPicoUsd: bookedBy(fact) };
}

function bookedBy({ rating }: Pick<UsageCorrected, 'rating'>): bigint {
  return rating?.amountPicoUsd ?? 0n;
}
