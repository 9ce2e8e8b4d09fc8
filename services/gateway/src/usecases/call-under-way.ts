// What the steps of one call's journey share.
import type { ReplyPart } from '@waybill/contracts';
import type { EventDraft } from '@waybill/event-log';
import type { Clock, Fault } from '@waybill/kernel';
import type { OpenSpan, Spans } from '@waybill/telemetry';
import type { IncomingCall } from '../conduct.ts';
import type { JourneySettings } from '../config.ts';
import type { Moment } from '../core/admitted.ts';
import type { Attempt } from '../core/journey.ts';
import { tellPaused } from '../core/paused.ts';
import type { CallFacts } from '../core/records.ts';
import type { Settlement } from '../core/settlement.ts';
import type { AnswerStore, Digests, Meters, Neighbours, Steps } from '../ports.ts';
import type { Answer } from './answer.ts';
import type { Journal } from './journal.ts';
import type { Books } from './keep-books.ts';
import type { Ranked } from './rank-call.ts';
import type { Ranker } from './ranker.ts';
import type { AttemptReport } from './run-attempt.ts';
import type { Sightings } from './sightings.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { TellOptions } from './tell-limits.ts';

/** Everything that calls need of the world. */
export interface JourneyWorld {
  readonly neighbours: Neighbours;
  readonly rank: Ranker;
  readonly sightings: Sightings;
  readonly books: Books;
  readonly answers: AnswerStore;
  readonly digests: Digests;
  readonly settings: JourneySettings;
  readonly clock: Clock;
  readonly reached: Steps;
  readonly meters: Meters;
  readonly spans: Spans;
  /** How rate-limit is told what became of a reservation. */
  readonly tell: TellOptions;
  /** Aborts when the process cannot wait any longer for what is under way. */
  readonly halt: AbortSignal;
  newId(prefix: string): string;
  /** From 0 to 1. */
  random(): number;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** One call on its way. */
export interface CallUnderWay {
  readonly facts: CallFacts;
  readonly incoming: IncomingCall;
  readonly journal: Journal;
  readonly answer: Answer;
  /** Of the whole journey. */
  readonly span: OpenSpan;
  readonly stopwatch: Stopwatch;
}

/** A call that knows its candidates. */
export interface RankedCall extends CallUnderWay {
  readonly ranked: Ranked;
  /** Nothing reaches the caller before the answer is complete. */
  readonly whole: boolean;
}

/** An attempt that is over. Its end is ready to be written. */
export interface EndedAttempt {
  readonly attempt: Attempt;
  readonly report: AttemptReport;
  readonly settlement: Settlement;
  readonly draft: EventDraft;
  readonly delivery: Delivered;
}

/** How far an answer got. */
export interface Delivered {
  /** Part of the answer is with the caller. */
  readonly hasBegun: boolean;
  /** The whole answer, usage and finish aside; undefined when it was not kept. */
  readonly parts: readonly ReplyPart[] | undefined;
  /** What the caller has not been given yet. */
  readonly heldBack: readonly ReplyPart[];
}

export function momentOf(clock: Clock): Moment {
  return { nowMicros: clock.nowMicros(), steadyMs: clock.monotonicMs() };
}

/** The fault as the caller gets it. */
export function toldFault({ facts }: CallUnderWay, because: Fault, attempts: number): Fault {
  const { call, attribution } = facts;
  const told = tellPaused(because, { model: call.model, runId: attribution.runId });
  return { ...told, details: { ...told.details, call_id: facts.callId, attempts: String(attempts) } };
}
