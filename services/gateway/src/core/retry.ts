// Whether, where and when a failed attempt is followed by another one. The only layer that retries.
import type { Fault } from '@waybill/kernel';
import type { CallOption, Plan } from './plan.ts';

/** How an attempt failed. */
export interface Failure {
  readonly option: CallOption;
  readonly fault: Fault;
  readonly retrySame: boolean;
  readonly retryOther: boolean;
  /** The same candidate may be tried at once: by another of its provider's keys. */
  readonly retryNow: boolean;
  /** Part of the answer is with the caller already. */
  readonly delivered: boolean;
  /** How long the attempt took, milliseconds. */
  readonly tookMs: number;
  /** When it was over, since the call arrived; milliseconds. */
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
/** A provider that gave up on a request after longer than this is not waited for so long again. */
const patienceMs = 10_000;

/**
 * The next try after the failures so far, of which there is at least one; undefined when there is none. Another
 * candidate is tried at once; once all were tried, one of which another try may work after a pause.
 */
export function retryAfter(failures: readonly Failure[], plan: Plan): Retry | undefined {
  const last = failures.at(-1)!;
  if (last.delivered || failures.length > plan.retries) return undefined;
  const retry = byAnotherKey(last) ?? elsewhere(failures, last, plan) ?? again(failures, last);
  if (retry === undefined) return undefined;
  const isTooLate = last.elapsedMs + retry.waitMs >= plan.totalMs || retry.waitMs > longestWaitMs;
  return isTooLate ? undefined : retry;
}

function byAnotherKey({ retryNow, option }: Failure): Retry | undefined {
  return retryNow ? { options: [option], waitMs: 0 } : undefined;
}

function elsewhere(failures: readonly Failure[], { retryOther }: Failure, plan: Plan): Retry | undefined {
  const tried = new Set(failures.map(({ option }) => option.candidate.modelId));
  const options = plan.options.filter((option) => !tried.has(option.candidate.modelId) && mayHelp(option, failures));
  return retryOther && options.length > 0 ? { options, waitMs: 0 } : undefined;
}

/** A prompt that was too long for one window is only of use to a larger one. */
function mayHelp({ candidate }: CallOption, failures: readonly Failure[]): boolean {
  return failures.every(
    ({ fault, option }) => fault.kind !== 'too_large' || candidate.contextWindow > option.candidate.contextWindow,
  );
}

/** Those that can be tried again the soonest. */
function again(failures: readonly Failure[], last: Failure): Retry | undefined {
  const latest = new Map(failures.map((failure) => [failure.option.candidate.modelId, failure]));
  const open = [...latest.values()].filter((failure) => failure === last || last.retryOther);
  const waits = open
    .filter((failure) => mayRepeat(failure, failures))
    .map((failure) => ({ option: failure.option, waitMs: waitBefore(failure, failures.length, last) }));
  if (waits.length === 0) return undefined;
  const waitMs = Math.min(...waits.map((each) => each.waitMs));
  return { options: waits.filter((each) => each.waitMs === waitMs).map(({ option }) => option), waitMs };
}

function mayRepeat({ retrySame, fault, tookMs, option }: Failure, failures: readonly Failure[]): boolean {
  if (fault.kind === 'timeout' && tookMs > patienceMs) return false;
  return (
    retrySame &&
    (fault.details.conduct !== 'conflict' ||
      failures.filter((each) => each.option.candidate.modelId === option.candidate.modelId).length < 2)
  );
}

/** Doubles with each attempt, half of it by chance; never shorter than what the provider asked for. */
function waitBefore({ fault, elapsedMs }: Failure, attempts: number, last: Failure): number {
  const ceiling = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempts - 1));
  const backOff = Math.round(ceiling / 2 + (ceiling / 2) * last.random);
  return Math.max(backOff, hintOf(fault) - (last.elapsedMs - elapsedMs));
}

/** What the provider asks for; what cannot be meant, such as a negative wait, counts as no hint. */
function hintOf({ retryAfterMs }: Fault): number {
  return retryAfterMs !== undefined && Number.isFinite(retryAfterMs) && retryAfterMs > 0 ? retryAfterMs : 0;
}
