// One pass over the whole log: is it complete, does every attempt end once, and is every amount what its prices say?
import type { AttemptEnded, AttemptStarted, CallEnded, UsageCorrected } from '@waybill/contracts';
import { type EventReader, events, type StoredEvent } from '@waybill/event-log';
import { attemptIdOf } from '@waybill/kernel';
import { checkProducer, type ProducerStandings } from '../../core/check-producers.ts';
import { checkRating, type Terms, termsOf } from '../../core/check-rating.ts';
import type { ReportDrift } from '../../core/drift.ts';
import { checkCorrection } from './check-correction.ts';
import { uniqueIds } from './unique-ids.ts';

export interface CheckedLog {
  events: number;
  /** Usage facts that were rated again. */
  rated: number;
  /** Usage facts rated by another version of the rater, which were not. */
  ratedByOthers: number;
  corrections: number;
}

interface LogCheck {
  readonly reader: EventReader;
  readonly report: ReportDrift;
  readonly checked: CheckedLog;
  readonly isNew: (eventId: string) => boolean;
  readonly producers: ProducerStandings;
  /** Attempts that are under way, with what they are to be priced by. */
  readonly open: Map<string, Terms>;
}

/** Checks every event up to the position. */
export async function checkLog(reader: EventReader, until: bigint, report: ReportDrift): Promise<CheckedLog> {
  const checked = { events: 0, rated: 0, ratedByOthers: 0, corrections: 0 };
  const check: LogCheck = {
    reader,
    report,
    checked,
    isNew: uniqueIds(),
    producers: new Map(),
    open: new Map(),
  };
  for await (const batch of reader.read(0n)) {
    for (const event of batch) {
      if (event.position > until) return checked;
      checked.events += 1;
      await checkEvent(event, check);
    }
  }
  return checked;
}

async function checkEvent(event: StoredEvent, check: LogCheck): Promise<void> {
  const { envelope } = event;
  const { report } = check;
  try {
    if (!check.isNew(envelope.eventId)) report('event', envelope.eventId, 'the log has this event id twice');
    const opensEpoch = envelope.type === events.producerEpochOpened.type;
    const opened = opensEpoch ? events.producerEpochOpened.decode(envelope) : undefined;
    checkProducer(check.producers, envelope, opened, report);
    if (envelope.type === events.attemptStarted.type) takeStart(events.attemptStarted.decode(envelope), check);
    if (envelope.type === events.attemptEnded.type) takeEnd(event, events.attemptEnded.decode(envelope), check);
    if (envelope.type === events.callEnded.type) takeCallEnd(events.callEnded.decode(envelope), check);
    if (envelope.type === events.usageCorrected.type) {
      await takeCorrection(event, events.usageCorrected.decode(envelope), check);
    }
  } catch (thrown) {
    report('event', envelope.eventId, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function takeStart(started: AttemptStarted, { open, report }: LogCheck): void {
  if (open.has(started.attemptId)) report('attempt', started.attemptId, 'started twice');
  open.set(started.attemptId, termsOf(started));
}

function takeEnd({ envelope }: StoredEvent, ended: AttemptEnded, check: LogCheck): void {
  const terms = check.open.get(ended.attemptId);
  check.open.delete(ended.attemptId);
  if (terms) rateAgain(envelope.eventId, ended, terms, check);
  else check.report('attempt', ended.attemptId, `ended by ${envelope.eventId} and was not under way`);
}

/** A call is over only when all of its attempts are. */
function takeCallEnd({ callId, attempts }: CallEnded, { open, report }: LogCheck): void {
  for (let number = 1; number <= attempts; number += 1) {
    const attemptId = attemptIdOf(callId, number);
    if (open.has(attemptId)) report('attempt', attemptId, 'its call has ended and it has not');
  }
}

async function takeCorrection(event: StoredEvent, corrected: UsageCorrected, check: LogCheck): Promise<void> {
  check.checked.corrections += 1;
  const stream = await check.reader.readStream(event.envelope.streamId);
  const terms = checkCorrection(event, corrected, stream, check.report);
  if (terms) rateAgain(event.envelope.eventId, corrected, terms, check);
}

type UsageFact = Pick<AttemptEnded, 'usage' | 'rating'>;

function rateAgain(eventId: string, { usage, rating }: UsageFact, terms: Terms, { checked, report }: LogCheck): void {
  const result = checkRating(usage, rating, terms);
  if (result.kind === 'other_rater') checked.ratedByOthers += 1;
  else checked.rated += 1;
  if (result.kind === 'wrong') report('rating', eventId, result.why);
}
