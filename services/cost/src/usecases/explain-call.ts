// Everything the books say about a call, in order, in sentences for people.
import type { ExplainedStep } from '@waybill/contracts';
import { type EventReader, type EventType, events, type StoredEvent } from '@waybill/event-log';
import { FaultError, fault, faultOf } from '@waybill/kernel';
import { tellAdmitted, tellRefused } from '../core/story/admission.ts';
import { tellCorrected, tellEnded, tellStarted } from '../core/story/attempt.ts';
import { tellCallEnded, tellEvaluated, tellOverrun } from '../core/story/outcome.ts';
import { eventAsJson } from './event-json.ts';

/** Throws a `not_found` fault when the books have no such call. */
export async function explainCall(reader: EventReader, callId: string): Promise<ExplainedStep[]> {
  const stored = await reader.readStream(`call/${callId}`);
  if (stored.length === 0) {
    const fix = "a call's id is in its answer's header x-waybill-call-id";
    const message = `the books have no call ${JSON.stringify(callId)}; ${fix}`;
    throw new FaultError(fault('not_found', message, { details: { call: callId } }));
  }
  return stored.map((event) => ({
    occurredAtMicros: event.envelope.occurredAtMicros,
    eventType: event.envelope.type,
    sentence: tell(event),
    eventJson: JSON.stringify(eventAsJson(event)),
  }));
}

type Teller = (event: StoredEvent) => string;

const tellers: ReadonlyMap<string, Teller> = new Map([
  tellerOf(events.callAdmitted, tellAdmitted),
  tellerOf(events.callRefused, tellRefused),
  tellerOf(events.attemptStarted, tellStarted),
  tellerOf(events.attemptEnded, tellEnded),
  tellerOf(events.usageCorrected, tellCorrected),
  tellerOf(events.callEnded, tellCallEnded),
  tellerOf(events.answerEvaluated, tellEvaluated),
  tellerOf(events.holdOverrun, tellOverrun),
]);

function tellerOf<Payload>(type: EventType<Payload>, sentence: (payload: Payload) => string): [string, Teller] {
  return [type.type, ({ envelope }) => sentence(type.decode(envelope))];
}

function tell(event: StoredEvent): string {
  const { type } = event.envelope;
  try {
    return tellers.get(type)?.(event) ?? `${type.split('.').at(-1)} was recorded.`;
  } catch (thrown) {
    return `${type.split('.').at(-1)} cannot be read: ${faultOf(thrown).message}.`;
  }
}
