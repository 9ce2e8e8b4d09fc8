import type { EventDraft } from '../ports.ts';

/** An event; its id decides everything that `different` does not. */
export function draft(eventId: string, different: Partial<EventDraft> = {}): EventDraft {
  return {
    eventId,
    type: 'waybill.test.v1.Happened',
    version: 1,
    tenantId: 'acme',
    streamId: `call/${eventId}`,
    correlationId: eventId,
    causationId: '',
    occurredAtMicros: 1_763_600_000_000_000n,
    trace: undefined,
    payload: Buffer.from(`payload of ${eventId}`),
    ...different,
  };
}
