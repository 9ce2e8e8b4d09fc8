// What a caller is told when a neighbour without which its call cannot go on gives no answer.
import { type Fault, fault } from '@waybill/kernel';

const messages = {
  selector: 'selector cannot be reached, and no ranking of this model is at hand that is recent enough',
  'rate-limit': 'rate-limit cannot be reached, and nothing goes out without an admission',
  'provider-adapter': 'provider-adapter cannot be reached, so the attempt was not sent',
} as const;

/** When to try again where the neighbour did not say, milliseconds. */
const tryAgainMs = 1_000;

/** A fault for which the neighbour gave a reason of its own is told as it is; it says more. */
export function neighbourAway(neighbour: keyof typeof messages, because: Fault): Fault {
  const retryAfterMs = because.retryAfterMs ?? tryAgainMs;
  const { reason } = because.details;
  if (reason !== undefined && reason !== 'not_sent') return { ...because, retryAfterMs };
  const details = { reason: 'neighbour_away', neighbour };
  return fault('unavailable', messages[neighbour], { details, retryAfterMs, cause: because });
}

/** Claims that the neighbour gave no answer, or none but that it cannot now. */
export function isAway({ kind }: Fault): boolean {
  return kind === 'unavailable' || kind === 'timeout';
}
