// Whether, where and when a failed attempt is followed by another one. The only layer that retries.
import type { Fault } from '@waybill/kernel';
import type { CallOption, Plan } from './plan.ts';

/** How an attempt failed. */
export interface Failure {
  readonly option: CallOption;
  readonly fault: Fault;
  readonly retrySame: boolean;
  readonly retryOther: boolean;
  /** Part of the answer is with the caller already. */
  readonly delivered: boolean;
  /** Attempts made, this one included. */
  readonly attempts: number;
  /** Since the first attempt, milliseconds. */
  readonly elapsedMs: number;
  /** From 0 to 1, for the jitter. */
  readonly random: number;
}

/** What to try next. */
export interface Retry {
  /** Candidates to ask admission for, in order. */
  readonly options: readonly CallOption[];
  readonly waitMs: number;
}

const firstWaitMs = 250;
const longestWaitMs = 8_000;

/** The next try; undefined when there is none. Another candidate is tried at once, the same one after a pause. */
export function retryAfter(failure: Failure, plan: Plan, triedModels: ReadonlySet<string>): Retry | undefined {
  if (failure.delivered || failure.attempts > plan.retries) return undefined;
  const untried = plan.options.filter(({ candidate }) => !triedModels.has(candidate.modelId));
  const others = failure.retryOther ? untried.filter((option) => mayHelp(option, failure)) : [];
  const waitMs = others.length > 0 ? 0 : waitBefore(failure);
  const options = others.length > 0 || !failure.retrySame ? others : [failure.option];
  const isTooLate = failure.elapsedMs + waitMs >= plan.totalMs || waitMs > longestWaitMs;
  return options.length === 0 || isTooLate ? undefined : { options, waitMs };
}

/** A prompt that was too long for one window is only of use to a larger one. */
function mayHelp({ candidate }: CallOption, { option, fault }: Failure): boolean {
  return fault.kind !== 'too_large' || candidate.contextWindow > option.candidate.contextWindow;
}

/** Doubles with each attempt, half of it by chance; never shorter than what the provider asks for. */
function waitBefore({ attempts, fault, random }: Failure): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempts - 1));
  const backOff = Math.round(ceiling / 2 + (ceiling / 2) * random);
  return Math.max(backOff, hintOf(fault));
}

/** What the provider asks for; what cannot be meant, such as a negative wait, counts as no hint. */
function hintOf({ retryAfterMs }: Fault): number {
  return retryAfterMs !== undefined && Number.isFinite(retryAfterMs) && retryAfterMs > 0 ? retryAfterMs : 0;
}
