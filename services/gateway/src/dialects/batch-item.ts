// One request of a batch, in whichever dialect it came.
import type { Fault } from '@waybill/kernel';
import type { ReadRequest } from './dialect.ts';

export interface BatchItem {
  /** The caller's own label, different from those of the other requests. */
  readonly customId: string;
  readonly request: ReadRequest;
  readonly bodyBytes: number;
}

/** As many as fit in a message between two services, with the largest body that is taken by default. */
export const mostEntries = 10_000;

/** A fault about a field of one request, as one about a field of the batch. */
export function within(at: string, { message, details, ...rest }: Fault): Fault {
  const field = details.field === undefined || details.field === '' ? at : `${at}.${details.field}`;
  return { ...rest, message: `${at}: ${message}`, details: { ...details, field } };
}
