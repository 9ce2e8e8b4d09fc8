// Calls that no handler began: how faults say so. The rules are in ports.ts.
import { type Fault, fault } from '@waybill/kernel';

const notSentReason = 'not_sent';
const elsewhereReason = 'elsewhere';

/** Claims that no handler began the call that ended with this fault: it may be made again, whatever it does. */
export function wasNotSent({ details }: Fault): boolean {
  return details.reason === notSentReason;
}

/** What a server says of a call that it refuses without handing it to a handler. */
export function notBegun(message: string): Fault {
  return fault('unavailable', message, { details: { reason: notSentReason } });
}

/** The same fault, saying that no handler began; a fault that has a reason of its own keeps it. */
export function markedNotSent(given: Fault): Fault {
  return { ...given, details: { reason: notSentReason, ...given.details } };
}

/** What a handler threw is never a call that was not begun, even if it made such a call itself. */
export function ofBegunCall(thrown: Fault): Fault {
  if (!wasNotSent(thrown)) return thrown;
  const { reason: _reason, ...details } = thrown.details;
  return { ...thrown, details };
}

/**
 * What a handler answers that has done nothing because another replica is in charge: the one at this address
 * (host:port), or one that nobody knows yet. Callers follow; see Client.
 */
export function elsewhere(address?: string): Fault {
  const details = { reason: elsewhereReason, ...(address === undefined ? {} : { address }) };
  return fault('unavailable', 'another replica is in charge of this', { details });
}

/** Claims that the fault sends the caller to another replica. */
export function isElsewhere({ kind, details }: Fault): boolean {
  return kind === 'unavailable' && details.reason === elsewhereReason;
}
