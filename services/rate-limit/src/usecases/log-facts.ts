// Events of the log as what they mean for limits.
import {
  type AttemptEnded,
  type AttemptStarted,
  type Usage,
  type UsageCorrected,
  UsageSource,
} from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import type { AttemptBegun, AttemptOver, UsageRevised } from '../core/heard.ts';
import { subjectOf } from '../core/scope.ts';

export const factTypes: readonly string[] = [
  events.attemptStarted.type,
  events.attemptEnded.type,
  events.usageCorrected.type,
];

export type LogFact =
  | { readonly kind: 'begun'; readonly begun: AttemptBegun }
  | { readonly kind: 'over'; readonly over: AttemptOver; readonly ended: AttemptEnded }
  | { readonly kind: 'revised'; readonly revised: UsageRevised; readonly corrected: UsageCorrected };

/** Throws a FaultError `invalid` when the event cannot be read. */
export function factOf({ envelope }: StoredEvent): LogFact {
  if (envelope.type === events.attemptStarted.type) {
    return { kind: 'begun', begun: begunOf(events.attemptStarted.decode(envelope)) };
  }
  if (envelope.type === events.attemptEnded.type) {
    const ended = events.attemptEnded.decode(envelope);
    return { kind: 'over', over: overOf(ended), ended };
  }
  const corrected = events.usageCorrected.decode(envelope);
  return { kind: 'revised', revised: revisedOf(corrected), corrected };
}

function begunOf({ attemptId, attribution, modelId, providerId, reservation }: AttemptStarted): AttemptBegun {
  return {
    attemptId,
    subject: subjectOf(attribution, modelId, providerId),
    atMicros: reservation?.admittedAtMicros ?? 0n,
    tokens: (reservation?.inputTokensBound ?? 0) + (reservation?.outputTokensBound ?? 0),
    holdPicoUsd: reservation?.holdPicoUsd ?? 0n,
    notAfterMicros: reservation?.notAfterMicros ?? 0n,
    reserved: reservation?.reserved ?? [],
  };
}

function overOf(ended: AttemptEnded): AttemptOver {
  const { attemptId, attribution, modelId, providerId, admittedAtMicros, uncertainPicoUsd } = ended;
  return {
    attemptId,
    subject: subjectOf(attribution, modelId, providerId),
    atMicros: admittedAtMicros,
    tokens: tokensUsed(ended.usage),
    amountPicoUsd: ended.rating?.amountPicoUsd ?? 0n,
    uncertainPicoUsd,
  };
}

function revisedOf(corrected: UsageCorrected): UsageRevised {
  const { attribution, modelId, providerId, admittedAtMicros, differencePicoUsd, releasedPicoUsd } = corrected;
  const subject = subjectOf(attribution, modelId, providerId);
  return { subject, atMicros: admittedAtMicros, differencePicoUsd, releasedPicoUsd };
}

/** Nothing used is nothing; of unknown usage nobody knows. */
function tokensUsed(usage: Usage | undefined): number | undefined {
  if (usage === undefined) return 0;
  return usage.source === UsageSource.UNKNOWN ? undefined : tokensIn(usage);
}

function tokensIn(usage: Usage): number {
  const input = usage.inputTokens + usage.cacheReadTokens + usage.audioInputTokens + usage.imageInputTokens;
  const written =
    usage.cacheWrite5mTokens + usage.cacheWrite30mTokens + usage.cacheWrite1hTokens + usage.cacheWrite12hTokens;
  const output = usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
  return input + written + output;
}
