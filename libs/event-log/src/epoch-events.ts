// The events that a producer's epochs begin and end with, the same whichever adapter writes them.
import type { ProducerEpochClosed, ProducerEpochOpened } from '@waybill/contracts';
import { eventIdOf, type Micros } from '@waybill/kernel';
import { events } from './events.ts';
import type { EventDraft } from './ports.ts';

/** Number 1 of its epoch; its id is `<producer>/<epoch>/opened`. */
export function epochOpened(payload: ProducerEpochOpened, occurredAtMicros: Micros): EventDraft {
  return events.producerEpochOpened.draft({ ...fieldsOf(payload, 'opened'), occurredAtMicros, payload });
}

/** The last of its epoch; its id is `<producer>/<epoch>/closed`. */
export function epochClosed(payload: ProducerEpochClosed, occurredAtMicros: Micros): EventDraft {
  return events.producerEpochClosed.draft({ ...fieldsOf(payload, 'closed'), occurredAtMicros, payload });
}

function fieldsOf({ producerId, epoch }: ProducerEpochClosed, fact: string) {
  const eventId = eventIdOf(`${producerId}/${epoch}`, fact);
  return { eventId, streamId: `producer/${producerId}`, tenantId: '', correlationId: '' };
}
