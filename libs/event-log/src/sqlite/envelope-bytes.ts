// Between events and the bytes that are stored.
import { Envelope, encodeMessage } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { EventDraft, StoredEvent } from '../ports.ts';
import type { Page } from './messages.ts';

/** The envelope without a producer stamp. Throws an `invalid` fault when a field is empty that every event has. */
export function encodeDraft(draft: EventDraft): Uint8Array {
  for (const field of ['eventId', 'type', 'streamId'] as const) {
    if (!draft[field]) throw new FaultError(fault('invalid', `an event needs its ${field}`, { details: { field } }));
  }
  return encodeMessage(Envelope, { ...draft, producer: undefined });
}

/** The events of a page. */
export function decodePage({ positions, lengths, envelopes }: Page): StoredEvent[] {
  let start = 0;
  return Array.from(positions, (position, index) => {
    const end = start + lengths[index]!;
    const envelope = Envelope.decode(envelopes.subarray(start, end));
    start = end;
    return { position, envelope };
  });
}
