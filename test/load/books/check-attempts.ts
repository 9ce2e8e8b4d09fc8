// Every attempt has one start, one end and one usage fact, and every answer a client got is on the books.
import { CallOutcome, UsageSource } from '@waybill/contracts';
import type { SeenCall } from '../client-calls.ts';
import { type Entry, eventsOf } from './entries.ts';

/** What is wrong with the attempts and calls of a log in which nothing is under way; empty when nothing is. */
export function checkAttempts(entries: readonly Entry[]): string[] {
  const starts = countBy(eventsOf(entries, 'started').map(({ attemptId }) => attemptId));
  const ends = countBy(eventsOf(entries, 'ended').map(({ attemptId }) => attemptId));
  const admissions = countBy(eventsOf(entries, 'admitted').map(({ callId }) => callId));
  const callEnds = countBy(eventsOf(entries, 'call_ended').map(({ callId }) => callId));
  const ids = countBy(entries.map(({ envelope }) => envelope.eventId));
  return [
    ...differences('attempt', ['started', starts], ['ended', ends]),
    ...differences('call', ['admitted', admissions], ['ended', callEnds]),
    ...[...starts.keys()].filter((id) => !admissions.has(callOf(id))).map((id) => `attempt ${id} has no admitted call`),
    ...[...ids].filter(([, count]) => count > 1).map(([id, count]) => `event id ${id} is there ${count} times`),
    ...eventsOf(entries, 'ended').flatMap(usageProblems),
  ];
}

/** A complete answer was durable on the books before its last byte. */
export function checkAnswers(entries: readonly Entry[], seen: readonly SeenCall[]): string[] {
  const completed = new Set(
    eventsOf(entries, 'call_ended').flatMap(({ callId, outcome }) =>
      outcome === CallOutcome.COMPLETED ? [callId] : [],
    ),
  );
  return seen.flatMap(({ callId, outcome, plan }) => {
    if (outcome !== 'complete') return [];
    if (callId === '') return [`a complete ${plan.dialect} answer without a call id`];
    return completed.has(callId) ? [] : [`a client got all of ${callId}, and the books do not say so`];
  });
}

type Counts = ReadonlyMap<string, number>;

function countBy(ids: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function differences(what: string, [first, ones]: [string, Counts], [then, others]: [string, Counts]): string[] {
  const ids = new Set([...ones.keys(), ...others.keys()]);
  return [...ids].flatMap((id) => {
    const [one, other] = [ones.get(id) ?? 0, others.get(id) ?? 0];
    return one === 1 && other === 1 ? [] : [`${what} ${id} is ${first} ${one} times and ${then} ${other} times`];
  });
}

function callOf(attemptId: string): string {
  return attemptId.slice(0, attemptId.lastIndexOf(':'));
}

/** Usage is reported and rated, or an estimate within the hold; every model of these tests has prices. */
function usageProblems({ attemptId, usage, rating, ...ended }: ReturnType<typeof eventsOf<'ended'>>[number]): string[] {
  const problem = (what: string) => [`attempt ${attemptId} ${what}`];
  if (usage === undefined) {
    return rating === undefined ? [] : problem('is booked at a price without usage');
  }
  if (usage.source === UsageSource.UNSPECIFIED) return problem('does not say where its usage comes from');
  if (rating === undefined) return problem('used something and is not priced');
  const lines = rating.lines.reduce((sum, line) => sum + line.amountPicoUsd, 0n);
  if (lines !== rating.amountPicoUsd) return problem(`has lines of ${lines} and an amount of ${rating.amountPicoUsd}`);
  if (usage.source === UsageSource.REPORTED)
    return ended.uncertainPicoUsd === 0n ? [] : problem('is sure and uncertain');
  const hold = ended.holdPicoUsd ?? 0n;
  const counted = rating.amountPicoUsd + ended.uncertainPicoUsd;
  return counted === hold ? [] : problem(`counts ${counted} of its hold of ${hold} as booked or uncertain`);
}
