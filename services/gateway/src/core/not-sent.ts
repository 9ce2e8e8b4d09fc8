import type { Fault } from '@waybill/kernel';

/** Claims that no handler began the call that ended with this fault. */
export function wasNotSent({ details }: Fault): boolean {
  return details.reason === 'not_sent';
}
