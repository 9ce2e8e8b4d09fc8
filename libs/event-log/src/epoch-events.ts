// The events that a producer's epochs begin and end with, the same whichever adapter writes them.
import { ProducerEpochClosed, ProducerEpochOpened } from '@waybill/contracts';
import { eventIdOf, type Micros } from '@waybill/kernel';
import type { EventDraft } from './ports.ts';

/** Number 1 of its epoch; its id is `<producer>/<epoch>/opened`. */
export function epochOpened(opened: ProducerEpochOpened, occurredAtMicros: Micros): EventDraft {
  const payload = ProducerEpochOpened.encode(opened).finish();
  return epochEvent(opened, 'opened', { type: 'waybill.event.v1.ProducerEpochOpened', payload, occurredAtMicros });
}

/** The last of its epoch; its id is `<producer>/<epoch>/closed`. */
export function epochClosed(closed: ProducerEpochClosed, occurredAtMicros: Micros): EventDraft {
  const payload = ProducerEpochClosed.encode(closed).finish();
  return epochEvent(closed, 'closed', { type: 'waybill.event.v1.ProducerEpochClosed', payload, occurredAtMicros });
}

function epochEvent(
  { producerId, epoch }: { producerId: string; epoch: bigint },
  fact: string,
  rest: { type: string; payload: Uint8Array; occurredAtMicros: Micros },
): EventDraft {
  return {
    ...rest,
    payload: Buffer.from(rest.payload),
    eventId: eventIdOf(`${producerId}/${epoch}`, fact),
    streamId: `producer/${producerId}`,
    version: 1,
    tenantId: '',
    correlationId: '',
    causationId: '',
    trace: undefined,
  };
}
