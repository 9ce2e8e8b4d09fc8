// A route that cannot be served because its provider takes none of the keys configured for it.
import type { AttemptResult } from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';

/** The reason that provider-adapter gives when no key is left to go out by. */
const noKey = 'no_usable_key';

/** The attempt that took the last key with it fails for the same reason as those after it. */
export function withoutKeys(because: Fault, { retryNow, setAsideMs }: AttemptResult): Fault {
  const wasLast = because.details.conduct === 'credential' && setAsideMs > 0 && !retryNow;
  return wasLast ? { ...because, details: { ...because.details, reason: noKey }, retryAfterMs: setAsideMs } : because;
}

/** What depends on the keys of a provider. */
export interface Dependent {
  /** As it was asked for: a route or a model. */
  readonly model: string;
  /** Empty when the call belongs to no run. */
  readonly runId: string;
}

/** The fault as those are told who depend on it; any other fault as it is. */
export function tellPaused(because: Fault, { model, runId }: Dependent): Fault {
  if (because.details.reason !== noKey) return because;
  const ofRun = runId === '' ? '' : `; run ${runId} depends on it and cannot go on until then`;
  const message = `${model} is paused until a key of its provider is accepted${ofRun}: ${because.message}`;
  const details = { ...because.details, paused: model, ...(runId !== '' && { run: runId }) };
  return { ...because, message, details };
}
