// The end of a call: on the books first, then told; settled and handed over after that.
import { type CallOutcome, CallOutcome as Outcome, type ReplyPart, UsageSource } from '@waybill/contracts';
import { type Fault, faultOf, formatUsd } from '@waybill/kernel';
import { waybill } from '@waybill/telemetry';
import { callEnded } from '../core/records.ts';
import type { Settlement } from '../core/settlement.ts';
import { headOf, summaryOf } from './answer-head.ts';
import { type EndedAttempt, type JourneyWorld, type RankedCall, toldFault } from './call-under-way.ts';
import { reportOutcome, submitAnswer } from './hand-over.ts';
import { settleAttempt } from './tell-limits.ts';

export interface CallEnd {
  readonly outcome: CallOutcome;
  readonly fault: Fault | undefined;
  readonly last: EndedAttempt;
  /** The last attempt's end is not written yet. */
  readonly lastIsOpen: boolean;
  /** Of every attempt. */
  readonly settlements: readonly Settlement[];
}

/** Resolves when the call is durable and settled. The caller is told as soon as the commit is, or is overdue. */
export async function endCall(world: JourneyWorld, call: RankedCall, end: CallEnd): Promise<void> {
  const { books, reached } = world;
  const { facts, journal } = call;
  const { last, lastIsOpen } = end;
  const ended = journal.callEnded(callEnded(facts, endingOf(call, end)), last.attempt.attemptId);
  const entry = books.enter(lastIsOpen ? [last.draft, ended] : [ended]);
  const [inTime] = await Promise.all([entry.inTime, keepAnswer(world, call, end)]);
  if (inTime) reached('second_commit_done', facts.callId);
  tell(call, end);
  reached('last_byte', facts.callId);
  world.meters.callOver(outcomeNames[end.outcome], call.stopwatch);
  noteEnd(call, end);
  await entry.durable;
  if (lastIsOpen) await settle(world, call, last);
  if (last.report.fault === undefined) judge(world, call, last);
}

/** Writes the end of an attempt that is followed by another one, and settles it, so that its hold is free again. */
export async function endAttempt(world: JourneyWorld, call: RankedCall, ended: EndedAttempt): Promise<boolean> {
  const entry = world.books.enter([ended.draft]);
  const inTime = await entry.inTime;
  if (!inTime) {
    const because = ended.report.fault ?? faultOf(undefined);
    call.answer.fail(toldFault(call, because, ended.attempt.number));
  }
  await entry.durable;
  await settle(world, call, ended);
  return inTime;
}

async function settle(world: JourneyWorld, { facts }: RankedCall, ended: EndedAttempt): Promise<void> {
  const { alarm } = world;
  const { attempt, settlement, report } = ended;
  if (settlement.unpriced) alarm('usage_not_priced', { attempt: attempt.attemptId, err: settlement.unpriced });
  if (report.evidence.result) reportOutcome(handOver(world), attempt.option.candidate, report.evidence.result);
  await settleAttempt(settlement.request, world.tell);
  world.reached('settled', facts.callId);
}

function noteEnd(call: RankedCall, { outcome, fault, last, settlements }: CallEnd): void {
  const { span } = call;
  if (fault !== undefined) span.failed(fault);
  if (!span.isSeen) return;
  const { attempts, providerId, costPicoUsd, costEstimated } = summaryOf(call, last.attempt, settlements);
  span.note({
    [waybill.outcome]: outcomeNames[outcome],
    [waybill.attempts]: attempts,
    [waybill.provider]: fault === undefined ? providerId : undefined,
    [waybill.costUsd]: costPicoUsd === undefined ? undefined : formatUsd(costPicoUsd),
    [waybill.costEstimated]: costEstimated,
  });
}

function endingOf({ stopwatch }: RankedCall, { outcome, fault, last }: CallEnd) {
  const { modelId, providerId } = last.attempt.option.candidate;
  return {
    outcome,
    fault,
    attempts: last.attempt.number,
    modelId,
    providerId,
    durationMs: stopwatch.elapsedMs(),
    overheadMicros: stopwatch.ownMicros(),
  };
}

function tell(call: RankedCall, { fault, last, settlements }: CallEnd): void {
  const { answer } = call;
  const { attempt, delivery } = last;
  const summary = summaryOf(call, attempt, settlements);
  if (fault !== undefined) {
    answer.fail(toldFault(call, fault, attempt.number), summary);
    return;
  }
  if (!delivery.hasBegun) answer.begin(headOf(call, attempt));
  answer.finish([...delivery.heldBack, ...closingParts(last)], summary);
}

/** The usage as it was booked, or of a recording as it was then, and why the answer ended. */
function closingParts({ settlement, report }: EndedAttempt): ReplyPart[] {
  const parts: ReplyPart[] = [];
  const { result } = report.evidence;
  const usage = settlement.usage ?? (result?.replayed ? result.usage : undefined);
  const finish = result?.finish;
  if (usage && usage.source !== UsageSource.UNKNOWN) parts.push({ part: { $case: 'usage', value: usage } });
  if (finish) parts.push({ part: { $case: 'finish', value: finish } });
  return parts;
}

/** A complete answer is kept even when its caller has left: that caller is the one that will ask again. */
async function keepAnswer(world: JourneyWorld, call: RankedCall, { last, settlements }: CallEnd): Promise<void> {
  const { requestDigest, idempotencyKeyDigest } = call.facts;
  const { parts } = last.delivery;
  if (idempotencyKeyDigest === '' || last.report.fault !== undefined || parts === undefined) return;
  const summary = summaryOf(call, last.attempt, settlements);
  const answer = { requestDigest, parts: [...parts, ...closingParts(last)], summary };
  await world.answers
    .save(idempotencyKeyDigest, answer)
    .catch((thrown: unknown) => world.alarm('answer_not_kept', { call: call.facts.callId, err: faultOf(thrown) }));
}

function judge(world: JourneyWorld, { facts }: RankedCall, { attempt, delivery, ...rest }: EndedAttempt): void {
  const { callId, attribution, call } = facts;
  if (!world.settings.evaluate || delivery.parts === undefined || call.task?.$case !== 'chat') return;
  const { modelId } = attempt.option.candidate;
  const parts = [...delivery.parts, ...closingParts({ attempt, delivery, ...rest })];
  submitAnswer(handOver(world), { callId, tenantId: attribution.tenantId, modelId, call, parts });
}

function handOver({ neighbours, settings, meters }: JourneyWorld) {
  return { neighbours, timeoutMs: settings.afterwardsTimeoutMs, lost: meters.notHeard };
}

const outcomeNames: Readonly<Record<CallOutcome, string>> = {
  [Outcome.UNSPECIFIED]: 'unspecified',
  [Outcome.COMPLETED]: 'completed',
  [Outcome.FAILED]: 'failed',
  [Outcome.ABANDONED]: 'abandoned',
  [Outcome.LOST]: 'lost',
};
