// How an attempt ended, as far as its conduct goes.
import type { Fault } from '@waybill/kernel';
import type { ProviderFault } from '@waybill/providers';

/** A fault of an attempt with what may be done about it. */
export type AttemptFault = Omit<ProviderFault, 'credentialBad'>;

/** Between us and the provider, or in its answer: another try may work, here or elsewhere. */
export function transportFault(fault: Fault, mayHaveBilled: boolean): AttemptFault {
  const cancelled = fault.kind === 'cancelled';
  return { ...fault, mayHaveBilled, providerAtFault: !cancelled, retrySame: !cancelled, retryOther: !cancelled };
}

/** Never sent: the provider has nothing to do with it. */
export function unsentFault(fault: Fault, retry: { readonly same: boolean; readonly other: boolean }): AttemptFault {
  return { ...fault, mayHaveBilled: false, providerAtFault: false, retrySame: retry.same, retryOther: retry.other };
}
