import { FaultError, fault } from '@waybill/kernel';

/** Sends a caller to the replica at this address (host:port), or to look for it where nobody knows. */
export function elsewhere(address: string | undefined): FaultError {
  const details = { reason: 'elsewhere', ...(address === undefined ? {} : { address }) };
  return new FaultError(fault('unavailable', 'another replica is in charge of this tenant', { details }));
}
