// The events of one call as they are handed to the log: ids, stream and causes in one place.
import type {
  AttemptEnded,
  AttemptStarted,
  CallAdmitted,
  CallEnded,
  CallRefused,
  TraceContext,
} from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { eventIdOf, type Micros } from '@waybill/kernel';

export interface Journal {
  admitted(payload: CallAdmitted): EventDraft;
  refused(payload: CallRefused): EventDraft;
  started(payload: AttemptStarted): EventDraft;
  attemptEnded(payload: AttemptEnded): EventDraft;
  callEnded(payload: CallEnded, lastAttemptId: string): EventDraft;
}

export interface JournalOptions {
  readonly callId: string;
  readonly tenantId: string;
  readonly trace?: TraceContext | undefined;
  nowMicros(): Micros;
}

/** The same fact has the same id, whoever writes it: the call's own gateway or the sweeper after it. */
export function journalOf({ callId, tenantId, trace, nowMicros }: JournalOptions): Journal {
  const common = (eventId: string, causationId: string) => ({
    eventId,
    causationId,
    tenantId,
    streamId: `call/${callId}`,
    correlationId: callId,
    occurredAtMicros: nowMicros(),
    trace,
  });
  const admittedId = eventIdOf(callId, 'admitted');
  return {
    admitted: (payload) => events.callAdmitted.draft({ ...common(admittedId, ''), payload }),
    refused: (payload) => events.callRefused.draft({ ...common(eventIdOf(callId, 'refused'), ''), payload }),
    started: (payload) =>
      events.attemptStarted.draft({ ...common(eventIdOf(payload.attemptId, 'started'), admittedId), payload }),
    attemptEnded(payload) {
      const { attemptId } = payload;
      const ids = common(eventIdOf(attemptId, 'ended'), eventIdOf(attemptId, 'started'));
      return events.attemptEnded.draft({ ...ids, payload });
    },
    callEnded: (payload, lastAttemptId) =>
      events.callEnded.draft({ ...common(eventIdOf(callId, 'ended'), eventIdOf(lastAttemptId, 'ended')), payload }),
  };
}

/** Version 00 of W3C's trace context. */
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace as the envelope keeps it; undefined when there is none that can be read. */
export function traceOf(headers: Readonly<Record<string, string>>): TraceContext | undefined {
  const { traceparent = '', tracestate = '' } = headers;
  return traceparentPattern.test(traceparent) ? { traceparent, tracestate } : undefined;
}
