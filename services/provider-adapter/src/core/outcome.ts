// How an attempt ended, as far as its conduct goes.
import { type Finish, FinishReason, type ReplyPart } from '@waybill/contracts';
import { type Fault, fault } from '@waybill/kernel';
import type { ProviderFault } from '@waybill/providers';

/** A fault of an attempt with what may be done about it. */
export type AttemptFault = Omit<ProviderFault, 'credentialBad'> & Partial<Pick<ProviderFault, 'credentialBad'>>;

/**
 * Between us and the provider, or in its answer: another try may work, here or elsewhere. A provider that was waited for
 * in vain is not waited for again.
 */
export function transportFault(fault: Fault, mayHaveBilled: boolean): AttemptFault {
  const cancelled = fault.kind === 'cancelled';
  const retrySame = !cancelled && fault.details.phase === undefined;
  return { ...fault, mayHaveBilled, providerAtFault: !cancelled, retrySame, retryOther: !cancelled };
}

/** Never sent: the provider has nothing to do with it. */
export function unsentFault(fault: Fault, retry: { readonly same: boolean; readonly other: boolean }): AttemptFault {
  return { ...fault, mayHaveBilled: false, providerAtFault: false, retrySame: retry.same, retryOther: retry.other };
}

/** Some wires end an answer properly and say that it failed; to a caller that is no end of an answer. */
export function isErrorFinish({ part }: ReplyPart): boolean {
  return part?.$case === 'finish' && part.value.reason === FinishReason.ERROR;
}

/** The fault of an answer that says it failed; undefined for any other end. */
export function faultOfFinish(finish: Finish | undefined): AttemptFault | undefined {
  if (finish?.reason !== FinishReason.ERROR) return undefined;
  const details = { conduct: 'failed_answer', provider_code: finish.rawReason };
  const failed = fault('upstream', `the provider ended its answer with ${finish.rawReason || 'an error'}`, { details });
  return { ...failed, mayHaveBilled: true, providerAtFault: false, retrySame: true, retryOther: true };
}
