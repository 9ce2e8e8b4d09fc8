// A budget over the events, one by one: what is spent, held and uncertain never passes it.
import type { AttemptEnded, AttemptStarted, CallRefused } from '@waybill/contracts';
import { type Entry, eventsOf } from './entries.ts';

/** A budget of one tenant, over all time. */
export interface Budget {
  readonly id: string;
  readonly tenantId: string;
  readonly amountPicoUsd: bigint;
}

/** Amounts in pico-USD. */
export interface BudgetFold {
  readonly problems: readonly string[];
  readonly spent: bigint;
  readonly held: bigint;
  readonly uncertain: bigint;
  /** The most that was counted at any event. */
  readonly peak: bigint;
}

/**
 * A start is written after its admission and an end before its settlement, so what the log holds at any event is never
 * more than what rate-limit counted then.
 */
export function foldBudget(entries: readonly Entry[], budget: Budget): BudgetFold {
  const sums = { spent: 0n, held: 0n, uncertain: 0n };
  let peak = 0n;
  const problems: string[] = [];
  for (const { fact, position } of entries) {
    if (fact.kind !== 'started' && fact.kind !== 'ended') continue;
    if (fact.event.attribution?.tenantId !== budget.tenantId) continue;
    if (fact.kind === 'started') sums.held += holdOf(fact.event);
    else add(sums, fact.event);
    const counted = sums.spent + sums.held + sums.uncertain;
    if (counted > peak) peak = counted;
    if (counted > budget.amountPicoUsd) {
      problems.push(`at event ${position} budget ${budget.id} counts ${counted} of ${budget.amountPicoUsd}`);
    }
  }
  return { problems, ...sums, peak };
}

function holdOf({ reservation }: AttemptStarted): bigint {
  return reservation?.holdPicoUsd ?? 0n;
}

function add(sums: { spent: bigint; held: bigint; uncertain: bigint }, ended: AttemptEnded): void {
  sums.held -= ended.holdPicoUsd ?? 0n;
  sums.spent += ended.rating?.amountPicoUsd ?? 0n;
  sums.uncertain += ended.uncertainPicoUsd;
}

/** Refusals that should not have been: the call fitted by the refusal's own figures, or these do not add up. */
export function checkRefusals(entries: readonly Entry[], budget: Budget): string[] {
  return eventsOf(entries, 'refused').flatMap((refused) => refusalProblems(refused, budget));
}

function refusalProblems({ callId, refusal, fault }: CallRefused, budget: Budget): string[] {
  if (refusal === undefined) return [`call ${callId} was refused by no limit: ${fault?.message}`];
  const { limit, amount, used, held, free, needed } = refusal;
  if (limit !== budget.id) return [`call ${callId} was refused by ${limit}, not by ${budget.id}`];
  const problems: string[] = [];
  if (needed <= free) problems.push(`call ${callId} needed ${needed}, and ${free} were free`);
  if (amount !== budget.amountPicoUsd) problems.push(`call ${callId} was refused by an amount of ${amount}`);
  if (used + held + free !== amount) {
    problems.push(`call ${callId}: used ${used}, held ${held} and free ${free} are not ${amount}`);
  }
  return problems;
}
