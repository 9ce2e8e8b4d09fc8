import { FaultError, fault } from '@waybill/kernel';
import type { WrapContext } from '../../ports.ts';

/** The context as text, the same for the same context. */
export function contextText({ tenant, provider, purpose }: WrapContext): string {
  return JSON.stringify(['waybill', purpose, tenant, provider]);
}

/** For who has no data key to give back. */
export function notWrappedHere(by: string): FaultError {
  const message = `${by} did not encrypt this for this tenant and provider, or it is not as it was`;
  return new FaultError(fault('forbidden', message));
}
