import { Envelope } from '@waybill/contracts';
import type { StoredEvent } from '../ports.ts';
import type { Page } from './messages.ts';

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
