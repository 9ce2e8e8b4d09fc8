// Begins a call: who it is charged to, what was asked, and whether it was asked before.

import { FaultError, faultOf } from '@waybill/kernel';
import { type OpenSpan, waybill } from '@waybill/telemetry';
import type { ConductCall, IncomingCall } from '../conduct.ts';
import { applyPreset } from '../core/apply-preset.ts';
import type { CallFacts } from '../core/records.ts';
import { openAnswer } from './answer.ts';
import { answerOnce, type BegunCall } from './answer-once.ts';
import type { CallUnderWay, JourneyWorld } from './call-under-way.ts';
import { followCall } from './follow-call.ts';
import { journalOf, traceOf } from './journal.ts';
import { booksClosed } from './keep-books.ts';
import { startStopwatch } from './stopwatch.ts';

export interface Conducting {
  readonly conductCall: ConductCall;
  /** Calls that are not over; each resolves when all is said about it, to its caller, the log and rate-limit. */
  readonly underWay: ReadonlySet<Promise<void>>;
}

export function conductCalls(world: JourneyWorld): Conducting {
  const underWay = new Set<Promise<void>>();
  const once = answerOnce(world.answers);

  function begin(incoming: IncomingCall, facts: CallFacts): BegunCall {
    if (!world.books.isOpen()) throw booksClosed();
    const span = openSpan(world, facts);
    const call = openCall(world, { incoming, facts, span });
    const over = span.run(() => followCall(world, call)).finally(() => span.ended());
    underWay.add(over);
    over.finally(() => underWay.delete(over));
    return { begun: call.answer.begun, over };
  }

  return {
    underWay,
    async conductCall(asked) {
      const incoming = { ...asked, call: applyPreset(asked.call, world.settings.presets) };
      const facts = factsOf(world, incoming);
      world.reached('received', facts.callId);
      try {
        if (incoming.idempotencyKey === undefined) return await begin(incoming, facts).begun;
        return await once(facts, incoming, () => begin(incoming, facts));
      } catch (thrown) {
        throw naming(facts.callId, thrown);
      }
    },
  };
}

/** The fault with the call it is about, so that a caller can ask about it. */
function naming(callId: string, thrown: unknown): FaultError {
  const because = faultOf(thrown);
  return new FaultError({ ...because, details: { call_id: callId, ...because.details } });
}

function factsOf({ clock, digests, newId }: JourneyWorld, incoming: IncomingCall): CallFacts {
  const { attribution, dialect, call, bodyBytes, idempotencyKey } = incoming;
  const { tenantId } = attribution;
  return {
    callId: newId('call'),
    createdAtMicros: clock.nowMicros(),
    attribution,
    dialect,
    call,
    bodyBytes,
    requestDigest: digests.ofCall(tenantId, call),
    idempotencyKeyDigest: idempotencyKey === undefined ? '' : digests.ofIdempotencyKey(tenantId, idempotencyKey),
  };
}

type BeginningCall = Pick<CallUnderWay, 'incoming' | 'facts' | 'span'>;

/** Events go on from the call's own span; where nothing is traced, from whatever the caller traces. */
function openCall({ clock, settings }: JourneyWorld, beginning: BeginningCall): CallUnderWay {
  const { incoming, facts, span } = beginning;
  const { callId, attribution } = facts;
  const trace = span.trace ?? traceOf(incoming.traceHeaders);
  return {
    ...beginning,
    journal: journalOf({ callId, tenantId: attribution.tenantId, trace, nowMicros: clock.nowMicros }),
    answer: openAnswer({ ...settings, signal: incoming.signal }),
    stopwatch: startStopwatch(clock.monotonicMs, incoming.arrivedAtMs),
  };
}

/**
 * The whole journey, of which the client's request may see only a part: settling comes after the answer. It bears none
 * of the GenAI attributes, so that whoever adds up calls to models counts the attempts and nothing twice.
 */
function openSpan({ spans }: JourneyWorld, { callId, call, dialect }: CallFacts): OpenSpan {
  const attributes = { [waybill.model]: call.model, [waybill.dialect]: dialect };
  return spans.open('call', { callId, attributes });
}
