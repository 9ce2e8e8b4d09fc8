// Whether, where and when a failed attempt is followed by another one. The only layer that retries.
import type { Fault } from '@waybill/kernel';
import type { BackOff, CallOption, Plan } from './plan.ts';

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
  const retry =
    byAnotherKey(last) ?? elsewhere(failures, last, plan) ?? again(failures, last, plan.backOff ?? doubling);
  if (retry === undefined) return undefined;
  const isTooLate = last.elapsedMs + retry.waitMs >= plan.totalMs || retry.waitMs > longestWaitMs;
  return isTooLate ? undefined : retry;
}

function byAnotherKey({ retryNow, option }: Failure): Retry | undefined {
  return retryNow ? { options: [option], waitMs: 0 } : undefined;
}

function elsewhere(failures: readonly Failure[], last: Failure, plan: Plan): Retry | undefined {
  const tried = new Set(failures.map(({ option }) => option.candidate.modelId));
  const options = plan.options.filter((option) => !tried.has(option.candidate.modelId) && mayHelp(option, failures));
  const mayGoOn = last.retryOther || mayBeTooLong(last);
  return mayGoOn && options.length > 0 ? { options, waitMs: 0 } : undefined;
}

/** A prompt that was too long for one window is only of use to a larger one. */
function mayHelp({ candidate }: CallOption, failures: readonly Failure[]): boolean {
  return failures.every(
    (failure) =>
      !(failure.fault.kind === 'too_large' || mayBeTooLong(failure)) ||
      candidate.contextWindow > failure.option.candidate.contextWindow,
  );
}

/**
 * Some providers have no code for a prompt that is too long, only words: a refusal of one that may fill the window,
 * by what is known of its length, may mean that.
 */
function mayBeTooLong({ fault, option }: Failure): boolean {
  const { candidate, inputTokensBound, outputTokensBound } = option;
  const { contextWindow } = candidate;
  return (
    fault.details.conduct === 'invalid' && contextWindow > 0 && inputTokensBound + outputTokensBound > contextWindow
  );
}

/** Those that can be tried again the soonest. */
function again(failures: readonly Failure[], last: Failure, backOff: BackOff): Retry | undefined {
  const latest = new Map(failures.map((failure) => [failure.option.candidate.modelId, failure]));
  const open = [...latest.values()].filter((failure) => failure === last || last.retryOther);
  const waits = open
    .filter((failure) => mayRepeat(failure, failures))
    .map((failure) => ({
      option: failure.option,
      waitMs: waitBefore(failure, last, ceilingMs(backOff, failures.length)),
    }));
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

const doubling: BackOff = { growth: 'exponential', factor: 2 };

/** The longest wait after so many attempts, at least one. */
function ceilingMs({ growth, factor }: BackOff, attempts: number): number {
  const times = { exponential: factor ** (attempts - 1), linear: attempts, fixed: 1 };
  return Math.min(longestWaitMs, firstWaitMs * times[growth]);
}

/** Half of the ceiling by chance; never shorter than what the provider asked for. */
function waitBefore({ fault, elapsedMs }: Failure, last: Failure, ceiling: number): number {
  const backOff = Math.round(ceiling / 2 + (ceiling / 2) * last.random);
  return Math.max(backOff, hintOf(fault) - (last.elapsedMs - elapsedMs));
}

/** What the provider asks for; what cannot be meant, such as a negative wait, counts as no hint. */
function hintOf({ retryAfterMs }: Fault): number {
  return retryAfterMs !== undefined && Number.isFinite(retryAfterMs) && retryAfterMs > 0 ? retryAfterMs : 0;
}
