// Why nothing goes out to a model for now.
import { fault } from '@waybill/kernel';
import { type AttemptFault, unsentFault } from './outcome.ts';

/** Its breaker is open at every key that is accepted. */
export function breakerOpen(providerId: string, upstreamModel: string, waitMs: number): AttemptFault {
  const message = `${upstreamModel} at ${providerId} failed several times in a row and is left alone for ${waitMs} ms`;
  const because = fault('unavailable', message, { details: { reason: 'breaker_open' }, retryAfterMs: waitMs });
  return unsentFault(because, { same: false, other: true });
}

/** Every key is refused. */
export function noUsableKey(providerId: string, waitMs: number): AttemptFault {
  const message = `${providerId} accepts none of the keys that there are for it; the next one is tried in ${waitMs} ms`;
  const details = { reason: 'no_usable_key', provider: providerId };
  return unsentFault(fault('unavailable', message, { details, retryAfterMs: waitMs }), { same: false, other: true });
}
