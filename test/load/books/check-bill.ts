// Our books against the providers' own bill, attempt by attempt.
import { type AttemptEnded, AttemptOutcome, type AttemptStarted, UsageSource } from '@waybill/contracts';
import { attemptIdOf, batchOf } from '@waybill/kernel';
import type { SimulatedBillLine } from '@waybill/standalone';
import { type Entry, eventsOf } from './entries.ts';

/** What the comparison came to; amounts in pico-USD. */
export interface BillComparison {
  readonly problems: readonly string[];
  readonly reported: { readonly attempts: number; readonly booked: bigint; readonly billed: bigint };
  readonly estimated: {
    readonly attempts: number;
    readonly booked: bigint;
    readonly billed: bigint;
    uncertain: bigint;
  };
  /** Attempts of which nothing was used. */
  readonly unused: number;
}

export function compareBill(entries: readonly Entry[], lines: readonly SimulatedBillLine[]): BillComparison {
  const starts = new Map(eventsOf(entries, 'started').map((started) => [started.attemptId, started]));
  const billed = new Map<string, SimulatedBillLine>();
  const problems = billProblems(lines, starts, billed);
  const reported = { attempts: 0, booked: 0n, billed: 0n };
  const estimated = { attempts: 0, booked: 0n, billed: 0n, uncertain: 0n };
  let unused = 0;
  for (const ended of eventsOf(entries, 'ended')) {
    const line = billed.get(ended.attemptId);
    const started = starts.get(ended.attemptId);
    problems.push(...attemptProblems(ended, line, started).map((what) => `attempt ${ended.attemptId} ${what}`));
    if (ended.usage === undefined) unused += 1;
    else {
      const sum = ended.usage.source === UsageSource.REPORTED ? reported : estimated;
      sum.attempts += 1;
      sum.booked += bookedOf(ended);
      sum.billed += amountOf(line);
      if (sum === estimated) estimated.uncertain += ended.uncertainPicoUsd;
    }
  }
  return { problems, reported, estimated, unused };
}

/** Each line of the bill belongs to one attempt of ours, and each attempt has at most one. */
function billProblems(
  lines: readonly SimulatedBillLine[],
  starts: ReadonlyMap<string, AttemptStarted>,
  billed: Map<string, SimulatedBillLine>,
): string[] {
  const problems: string[] = [];
  for (const line of lines) {
    const id = attemptIn(line);
    if (!starts.has(id))
      problems.push(`the provider was called for ${id || 'nobody'}, of which the books know nothing`);
    if (billed.has(id)) problems.push(`the provider was called twice for attempt ${id}`);
    billed.set(id, line);
  }
  return problems;
}

/** An entry of a batch is named there by its call, which has one attempt. */
function attemptIn({ gatewayCallId: id = '' }: SimulatedBillLine): string {
  return batchOf(id) === undefined || id.includes(':') ? id : attemptIdOf(id, 1);
}

function attemptProblems(
  ended: AttemptEnded,
  line: SimulatedBillLine | undefined,
  started: AttemptStarted | undefined,
): string[] {
  const [booked, bill] = [bookedOf(ended), amountOf(line)];
  if (ended.usage === undefined) return bill === 0n ? [] : [`is booked as unused and was billed ${bill}`];
  if (ended.outcome === AttemptOutcome.COMPLETED && line?.outcome === 'cut') {
    return ['is booked as complete and was cut off'];
  }
  if (ended.usage.source === UsageSource.REPORTED) {
    if (line?.usageTold === 'altered') return alteredProblems(ended, bill);
    return booked === bill ? [] : [`was reported at ${booked} and billed ${bill}`];
  }
  const problems: string[] = [];
  if (booked + ended.uncertainPicoUsd < bill) {
    problems.push(`is estimated at ${booked} with ${ended.uncertainPicoUsd} uncertain, and was billed ${bill}`);
  }
  const delivered = BigInt(line?.tokensDelivered ?? 0) * (started?.priceCard?.row?.prices.output ?? 0n);
  if (booked < delivered) problems.push(`is estimated at ${booked}, below the ${delivered} that were delivered`);
  return problems;
}

/** Where the provider's figures are not those of its bill: never below it, and what is above it is doubted or over the hold. */
function alteredProblems(ended: AttemptEnded, bill: bigint): string[] {
  const booked = bookedOf(ended);
  if (booked < bill) return [`was reported wrong and is booked at ${booked}, below the ${bill} of its bill`];
  const isDoubted = ended.usage?.suspicions.length !== 0 || ended.overrunPicoUsd > 0n;
  return booked === bill || isDoubted ? [] : [`was reported wrong at ${booked}, billed ${bill}, and nobody doubts it`];
}

function bookedOf({ rating }: AttemptEnded): bigint {
  return rating?.amountPicoUsd ?? 0n;
}

function amountOf(line: SimulatedBillLine | undefined): bigint {
  return BigInt(line?.amountPicoUsd ?? '0');
}
