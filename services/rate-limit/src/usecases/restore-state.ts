// Builds the state of limits at start: the snapshot, brought up to the end of the log, and the log's last minute.
import { type Usage, UsageSource } from '@waybill/contracts';
import { type EventReader, events, type StoredEvent } from '@waybill/event-log';
import type { ProjectionPartition } from '@waybill/projections';
import { countInMinutes, keep } from '../core/reservation.ts';
import { subjectOf } from '../core/scope.ts';
import { accountAt, advance, budgetsFor, initialState, type LimitState, type Rules, ratesFor } from '../core/state.ts';
import { adjustMinute } from '../core/window.ts';
import type { OpenDocument, RecentDocument, SpendDocument } from '../projections/standing.ts';

export interface RestoreSources {
  readonly rules: Rules;
  /** Caught up with the end of the log. */
  readonly snapshot: ProjectionPartition;
  readonly log: EventReader;
  readonly nowMicros: bigint;
}

const minuteMicros = 62_000_000n;

/** The state as it was when the last durable event had been written. */
export async function restoreState({ rules, snapshot, log, nowMicros }: RestoreSources): Promise<LimitState> {
  const state = initialState(rules);
  await restoreRecent(state, { snapshot, log, nowMicros });
  await restoreSpend(state, snapshot);
  for (const { document } of await snapshot.find('open')) holdAgain(state, document as OpenDocument);
  advance(state, nowMicros);
  return state;
}

async function restoreSpend(state: LimitState, snapshot: ProjectionPartition): Promise<void> {
  for (const { document } of await snapshot.find('spend')) {
    const spend = document as SpendDocument;
    const atMicros = BigInt(Date.parse(`${spend.day}T00:00:00Z`)) * 1000n;
    for (const budget of budgetsFor(state, spend.subject)) {
      const account = accountAt(state, budget, atMicros);
      account.spent += BigInt(spend.spentPicoUsd);
      account.uncertain += BigInt(spend.uncertainPicoUsd);
    }
  }
}

/** Counts an attempt without an end as held; its minute was restored from the log. */
function holdAgain(state: LimitState, open: OpenDocument): void {
  const { attemptId, subject, atMicros, holdPicoUsd, notAfterMicros, reserved } = open;
  const again = { optionIndex: 0, validForMs: 0 };
  const admission = { ...again, notAfterMicros, reserved: [...reserved], admittedAtMicros: atMicros };
  keep(state, { attemptId, subject, atMicros, tokens: Number(open.tokens), holdPicoUsd, admission });
}

type RecentSources = Pick<RestoreSources, 'snapshot' | 'log' | 'nowMicros'>;

async function restoreRecent(state: LimitState, { snapshot, log, nowMicros }: RecentSources): Promise<void> {
  const [document] = await snapshot.getMany([{ collection: 'recent', key: 'recent' }]);
  const since = nowMicros - minuteMicros;
  const first = (document as RecentDocument | undefined)?.seconds.find(({ second }) => second * 1_000_000n >= since);
  if (first === undefined) return;
  const types = [events.attemptStarted.type, events.attemptEnded.type];
  const reservedTokens = new Map<string, number>();
  for await (const batch of log.read(first.before, { types })) {
    for (const event of batch) countAgain(state, event, reservedTokens);
  }
}

function countAgain(state: LimitState, { envelope }: StoredEvent, reservedTokens: Map<string, number>): void {
  if (envelope.type === events.attemptStarted.type) {
    const started = events.attemptStarted.decode(envelope);
    const { inputTokensBound = 0, outputTokensBound = 0, admittedAtMicros = 0n } = started.reservation ?? {};
    const subject = subjectOf(started.attribution, started.modelId, started.providerId);
    const tokens = inputTokensBound + outputTokensBound;
    reservedTokens.set(started.attemptId, tokens);
    countInMinutes(state, { subject, atMicros: admittedAtMicros, tokens });
    return;
  }
  const ended = events.attemptEnded.decode(envelope);
  const reserved = reservedTokens.get(ended.attemptId);
  if (reserved === undefined) return;
  const subject = subjectOf(ended.attribution, ended.modelId, ended.providerId);
  for (const rule of ratesFor(state, subject)) {
    if (rule.kind !== 'tokens') continue;
    adjustMinute(state.minutes.get(rule.id)!, ended.admittedAtMicros, tokensUsed(ended.usage, reserved) - reserved);
  }
}

/** As when it was settled: nothing used is nothing, and unknown usage stays counted at its bounds. */
function tokensUsed(usage: Usage | undefined, reserved: number): number {
  if (usage === undefined) return 0;
  return usage.source === UsageSource.UNKNOWN ? reserved : tokensIn(usage);
}

function tokensIn(usage: Usage): number {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.audioInputTokens + usage.imageInputTokens;
  const written =
    usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
  const output = usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
  return input + written + output;
}
