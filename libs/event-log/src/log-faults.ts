// Refusals that every adapter words alike.
import { type Fault, fault } from '@waybill/kernel';

export function epochSuperseded(producerId: string, epoch: bigint): Fault {
  const details = { reason: 'epoch_superseded', producer_id: producerId, epoch: String(epoch) };
  return fault('conflict', `a newer epoch of producer ${producerId} was opened after epoch ${epoch}`, { details });
}

export function epochHasClosed(producerId: string, epoch: bigint): Fault {
  const details = { reason: 'epoch_closed', producer_id: producerId, epoch: String(epoch) };
  return fault('conflict', `epoch ${epoch} of producer ${producerId} is closed`, { details });
}

export function otherContent(eventId: string): Fault {
  const message = `event ${eventId} is stored already with other content`;
  return fault('conflict', message, { details: { reason: 'other_content', event_id: eventId } });
}

export function wrongVersion(expected: { streamId: string; version: bigint }, actual: bigint): Fault {
  const { streamId, version } = expected;
  const details = {
    reason: 'wrong_version',
    stream_id: streamId,
    expected_version: String(version),
    actual_version: String(actual),
  };
  const message = `stream ${streamId} holds ${actual} events, not ${version} as expected`;
  return fault('conflict', message, { details });
}

export function beyondEnd(after: bigint, end: bigint): Fault {
  const details = { reason: 'beyond_end', after: String(after), end: String(end) };
  const message = `position ${after} lies beyond the end of the event log, ${end}`;
  return fault('conflict', `${message}: it belongs to another log, or this one lost its tail`, { details });
}

export function logClosed(): Fault {
  return fault('unavailable', 'the event log is closed', { details: { reason: 'closed' } });
}

export function queueFull(): Fault {
  return fault('unavailable', 'too many events wait for the event log', { details: { reason: 'queue_full' } });
}
