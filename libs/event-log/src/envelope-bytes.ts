// Between drafts and the bytes that are stored.
import { Envelope, encodeMessage } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { EventDraft } from './ports.ts';

/** The envelope without a producer stamp. Throws an `invalid` fault when a field is empty that every event has. */
export function encodeDraft(draft: EventDraft): Buffer {
  for (const field of ['eventId', 'type', 'streamId'] as const) {
    if (!draft[field]) throw new FaultError(fault('invalid', `an event needs its ${field}`, { details: { field } }));
  }
  return encodeMessage(Envelope, { ...draft, producer: undefined });
}
