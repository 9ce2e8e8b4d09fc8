// The events of calls as the gateway writes them, for this service's suites.
import {
  AttemptEnded,
  AttemptOutcome,
  AttemptStarted,
  CallAdmitted,
  CallEnded,
  CallOutcome,
  type Rating,
  Usage,
  UsageCorrected,
  UsageSource,
} from '@waybill/contracts';
import { type EventDraft, events, type StoredEvent } from '@waybill/event-log';
import { attemptIdOf, eventIdOf } from '@waybill/kernel';
import { parsePriceRow, RATER_VERSION, rate } from '@waybill/rating';

const row = parsePriceRow({ input: '0.15', cached_input: '0.075', output: '0.60' });
if (!row.ok) throw new Error(row.fault.message);
export const card = { priceVersion: 'book-1', row: row.value };

/** 2026-11-20T00:00:00Z. */
export const startMicros = 1_795_132_800_000_000n;

export interface CallFacts {
  readonly number: number;
  readonly tenant: string;
  readonly run: string;
  readonly user: string;
  /** `nothing`: a refusal that no provider bills. `open`: it has not ended. */
  readonly usage: 'reported' | 'estimated' | 'unknown' | 'unpriced' | 'lost' | 'nothing' | 'open';
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** A later report: the tokens of the prompt as the provider tells them in the end. */
  readonly correctedInputTokens?: number | undefined;
}

export const plainCall: CallFacts = {
  number: 1,
  tenant: 'acme',
  run: 'run-1',
  user: 'user-1',
  usage: 'reported',
  inputTokens: 1_234,
  outputTokens: 567,
};

export const holdPicoUsd = 50_000_000_000n;

export function callIdOf({ number }: Pick<CallFacts, 'number'>): string {
  return `call_${number}`;
}

/** The call's events in the order they are written; the correction comes last. */
export function callEvents(facts: CallFacts): EventDraft[] {
  const callId = callIdOf(facts);
  const attemptId = attemptIdOf(callId, 1);
  const admittedAtMicros = startMicros + BigInt(facts.number) * 60_000_000n;
  const subject = { modelId: 'fast', providerId: facts.number % 2 === 0 ? 'openai' : 'anthropic' };
  const attribution = attributionOf(facts);
  const common = { callId, attemptId, attemptNumber: 1, attribution, upstreamModel: 'fast-2024', ...subject };
  const isPriced = facts.usage !== 'unpriced';
  const started = AttemptStarted.fromPartial({
    ...common,
    ...(isPriced && { priceCard: card }),
    reservation: {
      ...{ inputTokensBound: 5_000, outputTokensBound: 4_000, reserved: ['acme-monthly'], admittedAtMicros },
      ...(isPriced && { holdPicoUsd }),
    },
  });
  const at = (eventId: string, steps: bigint) => ({
    eventId,
    tenantId: facts.tenant,
    streamId: `call/${callId}`,
    correlationId: callId,
    occurredAtMicros: admittedAtMicros + steps,
  });
  const admitted = CallAdmitted.fromPartial({ callId, attribution, dialect: 'openai.chat', model: 'smart' });
  const drafts = [
    events.callAdmitted.draft({ ...at(eventIdOf(callId, 'admitted'), 0n), payload: admitted }),
    events.attemptStarted.draft({ ...at(eventIdOf(attemptId, 'started'), 1n), payload: started }),
  ];
  if (facts.usage === 'open') return drafts;
  const ended = endOf(facts, { ...common, admittedAtMicros, ...(isPriced && { holdPicoUsd }) });
  const finished = CallEnded.fromPartial({ callId, attribution, outcome: CallOutcome.COMPLETED, attempts: 1 });
  drafts.push(
    events.attemptEnded.draft({ ...at(eventIdOf(attemptId, 'ended'), 2n), payload: ended }),
    events.callEnded.draft({ ...at(eventIdOf(callId, 'ended'), 3n), payload: finished }),
  );
  if (facts.correctedInputTokens !== undefined) {
    const payload = correctionOf(facts, ended, facts.correctedInputTokens);
    drafts.push(events.usageCorrected.draft({ ...at(eventIdOf(attemptId, 'corrected/1'), 4n), payload }));
  }
  return drafts;
}

function attributionOf({ tenant, user, run }: CallFacts) {
  return { tenantId: tenant, projectId: 'search', keyId: 'team-a', user, agentType: 'coder', runId: run, tags: [] };
}

function endOf(facts: CallFacts, common: Partial<AttemptEnded>): AttemptEnded {
  const { usage, rating } = usageFactOf(facts);
  const isDoubtful = facts.usage === 'estimated';
  return AttemptEnded.fromPartial({
    ...common,
    outcome: facts.usage === 'lost' ? AttemptOutcome.LOST : AttemptOutcome.COMPLETED,
    ...(usage && { usage }),
    ...(rating && { rating }),
    rawUsage: Buffer.from(JSON.stringify({ prompt_tokens: facts.inputTokens })),
    uncertainPicoUsd: isDoubtful ? holdPicoUsd - (rating?.amountPicoUsd ?? 0n) : 0n,
    timings: { connectMs: 1, firstByteMs: 200, totalMs: 812 },
  } as Parameters<typeof AttemptEnded.fromPartial>[0]);
}

function usageFactOf({ usage: kind, inputTokens, outputTokens }: CallFacts) {
  const known = (source: UsageSource) => Usage.fromPartial({ inputTokens, outputTokens, source });
  switch (kind) {
    case 'reported':
      return { usage: known(UsageSource.REPORTED), rating: ratingOf(known(UsageSource.REPORTED)) };
    case 'estimated':
      return { usage: known(UsageSource.ESTIMATED), rating: ratingOf(known(UsageSource.ESTIMATED)) };
    case 'lost':
      return { usage: known(UsageSource.ESTIMATED), rating: ratingAtHold };
    case 'unpriced':
      return { usage: known(UsageSource.REPORTED), rating: undefined };
    case 'unknown':
      return { usage: Usage.fromPartial({ source: UsageSource.UNKNOWN }), rating: undefined };
    default:
      return { usage: undefined, rating: undefined };
  }
}

function ratingOf(usage: Usage): Rating {
  const rated = rate(usage, card, 'fast');
  if (!rated.ok || rated.value === null) throw new Error('the fixture cannot be rated');
  return rated.value;
}

const ratingAtHold: Rating = {
  lines: [
    { class: 'hold', quantity: 1n, unitPricePicoUsd: holdPicoUsd, factor: undefined, amountPicoUsd: holdPicoUsd },
  ],
  amountPicoUsd: holdPicoUsd,
  priceVersion: card.priceVersion,
  raterVersion: RATER_VERSION,
  table: 'hold',
};

function correctionOf(facts: CallFacts, ended: AttemptEnded, inputTokens: number): UsageCorrected {
  const { outputTokens } = facts;
  const usage = Usage.fromPartial({ inputTokens, outputTokens, source: UsageSource.REPORTED });
  const isPriced = facts.usage !== 'unpriced';
  const rating = isPriced ? ratingOf(usage) : undefined;
  return UsageCorrected.fromPartial({
    callId: ended.callId,
    attemptId: ended.attemptId,
    replacesEventId: eventIdOf(ended.attemptId, 'ended'),
    ...(ended.attribution && { attribution: ended.attribution }),
    usage,
    ...(rating && { rating }),
    reason: 'late_report',
    modelId: ended.modelId,
    providerId: ended.providerId,
    admittedAtMicros: ended.admittedAtMicros,
    differencePicoUsd: (rating?.amountPicoUsd ?? 0n) - (ended.rating?.amountPicoUsd ?? 0n),
    releasedPicoUsd: ended.uncertainPicoUsd,
  } as Parameters<typeof UsageCorrected.fromPartial>[0]);
}

/** The drafts as a log would keep them, from position 1, by a producer whose epoch is open already. */
export function asStored(drafts: readonly EventDraft[]): StoredEvent[] {
  return drafts.map((draft, index) => {
    const producer = { producerId: 'gateway', epoch: 0n, number: BigInt(index + 1) };
    return { position: BigInt(index + 1), envelope: { ...draft, producer } };
  });
}
