// One call's journey: what has happened so far and what comes next.
import { type AdmissionRefusal, AttemptOutcome, CallOutcome } from '@waybill/contracts';
import { attemptIdOf, type Fault } from '@waybill/kernel';
import type { Admitted } from './admitted.ts';
import type { CallOption, Plan } from './plan.ts';
import { type Failure, retryAfter } from './retry.ts';

/** One try at one candidate, admitted. */
export interface Attempt extends Admitted {
  readonly attemptId: string;
  /** From 1. */
  readonly number: number;
  readonly option: CallOption;
}

/** Where a call stands. */
export interface Journey {
  readonly plan: Plan;
  /** Attempts that have gone out. */
  readonly attempts: readonly Attempt[];
  /** How those of them failed that did, in order. */
  readonly failures: readonly Failure[];
}

/** What happened. */
export type JourneyEvent =
  | ({ readonly kind: 'admitted'; readonly option: CallOption } & Admitted)
  | { readonly kind: 'not_admitted'; readonly fault: Fault; readonly refusal?: AdmissionRefusal }
  | { readonly kind: 'attempt_over'; readonly attempt: Attempt; readonly conclusion: Conclusion }
  | { readonly kind: 'caller_left'; readonly fault: Fault };

/** How an attempt went, as far as the next step depends on it. */
export interface Conclusion {
  readonly outcome: AttemptOutcome;
  /** Undefined when the answer is complete. */
  readonly fault: Fault | undefined;
  readonly retrySame: boolean;
  readonly retryOther: boolean;
  /** The same candidate may be tried at once. */
  readonly retryNow: boolean;
  /** Part of the answer is with the caller already. */
  readonly delivered: boolean;
  /** How long the attempt took, milliseconds. */
  readonly tookMs: number;
  /** Since the call arrived, milliseconds. */
  readonly elapsedMs: number;
  /** From 0 to 1, for the jitter of a pause. */
  readonly random: number;
}

/** What has to be done next. */
export type Step =
  /** Ask for admission, after a pause. */
  | {
      readonly kind: 'admit';
      readonly attemptId: string;
      readonly options: readonly CallOption[];
      readonly waitMs: number;
    }
  /** Write that the attempt starts, then call the provider. */
  | { readonly kind: 'start'; readonly attempt: Attempt }
  /** Nothing went out: tell why. */
  | { readonly kind: 'refuse'; readonly fault: Fault; readonly refusal: AdmissionRefusal | undefined }
  /** Write how the call ended, then tell. */
  | { readonly kind: 'end'; readonly outcome: CallOutcome; readonly fault: Fault | undefined };

/** A journey and its next step. */
export interface Turn {
  readonly journey: Journey;
  readonly step: Step;
}

/** The journey of a call that has candidates. */
export function beginJourney(plan: Plan): Turn {
  return admit({ plan, attempts: [], failures: [] }, { options: plan.options, waitMs: 0 });
}

/** Where the call stands after something happened, and what comes next. */
export function advance(journey: Journey, event: JourneyEvent): Turn {
  switch (event.kind) {
    case 'admitted':
      return start(journey, event);
    case 'not_admitted':
      return stop(journey, event.fault, event.refusal);
    case 'caller_left':
      return leave(journey, event.fault);
    case 'attempt_over':
      return conclude(journey, event.attempt, event.conclusion);
    default:
      return event satisfies never;
  }
}

function admit(journey: Journey, next: { options: readonly CallOption[]; waitMs: number }): Turn {
  const attemptId = attemptIdOf(journey.plan.callId, journey.attempts.length + 1);
  return { journey, step: { kind: 'admit', attemptId, ...next } };
}

function start(journey: Journey, { option, admission, askedAtMs }: { option: CallOption } & Admitted): Turn {
  const number = journey.attempts.length + 1;
  const attempt = { attemptId: attemptIdOf(journey.plan.callId, number), number, option, admission, askedAtMs };
  return { journey: { ...journey, attempts: [...journey.attempts, attempt] }, step: { kind: 'start', attempt } };
}

/** A call that already had an attempt ends with that attempt's fault: it says more than why there was no further one. */
function stop(journey: Journey, fault: Fault, refusal: AdmissionRefusal | undefined): Turn {
  if (journey.attempts.length === 0) return { journey, step: { kind: 'refuse', fault, refusal } };
  return {
    journey,
    step: { kind: 'end', outcome: CallOutcome.FAILED, fault: journey.failures.at(-1)?.fault ?? fault },
  };
}

function leave(journey: Journey, fault: Fault): Turn {
  if (journey.attempts.length === 0) return { journey, step: { kind: 'refuse', fault, refusal: undefined } };
  return { journey, step: { kind: 'end', outcome: CallOutcome.ABANDONED, fault } };
}

function conclude(before: Journey, attempt: Attempt, conclusion: Conclusion): Turn {
  const { outcome, fault } = conclusion;
  if (outcome === AttemptOutcome.ABANDONED) {
    return { journey: before, step: { kind: 'end', outcome: CallOutcome.ABANDONED, fault } };
  }
  if (fault === undefined) return { journey: before, step: { kind: 'end', outcome: CallOutcome.COMPLETED, fault } };
  const failures = [...before.failures, { ...conclusion, fault, option: attempt.option }];
  const journey = { ...before, failures };
  const retry = retryAfter(failures, journey.plan);
  if (retry === undefined) return { journey, step: { kind: 'end', outcome: CallOutcome.FAILED, fault } };
  return admit(journey, retry);
}
