import { type Fault, FaultError, fault } from '@waybill/kernel';

/** No call may run for longer than a day: beyond 24.8 days timers overflow. */
export const longestTimeoutMs = 86_400_000;

/** The life of one call, on either side: it ends when the call is over, or aborts before. */
export interface CallScope {
  /** Aborts with a FaultError: `timeout`, `cancelled`, or what abort was given. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline, never negative; undefined when there is none. */
  timeLeftMs(): number | undefined;
  /** Ends the call before its time; does nothing once it is over. */
  abort(reason: Fault): void;
  /** The call is over: timers and listeners go. */
  close(): void;
}

/** Opens a scope. Timeouts beyond a day count as a day. A parent that aborts with a fault hands it on. */
export function openScope(timeoutMs: number | undefined, parent?: AbortSignal): CallScope {
  const controller = new AbortController();
  const lifeMs = timeoutMs === undefined ? undefined : Math.min(Math.max(0, timeoutMs), longestTimeoutMs);
  const deadline = lifeMs === undefined ? undefined : performance.now() + lifeMs;
  let over = false;

  function close(): void {
    over = true;
    clearTimeout(timer);
    parent?.removeEventListener('abort', followParent);
  }
  function abort(reason: Fault): void {
    if (over) return;
    close();
    controller.abort(new FaultError(reason));
  }
  function followParent(): void {
    abort(parent?.reason instanceof FaultError ? parent.reason.fault : cancelled());
  }

  const timer = lifeMs === undefined ? undefined : setTimeout(() => abort(timedOut(lifeMs)), lifeMs);
  parent?.addEventListener('abort', followParent);
  if (parent?.aborted) followParent();
  else if (lifeMs === 0) abort(timedOut(lifeMs));

  return {
    signal: controller.signal,
    timeLeftMs: () => (deadline === undefined ? undefined : Math.max(0, deadline - performance.now())),
    abort,
    close,
  };
}

export function cancelled(): Fault {
  return fault('cancelled', 'the caller cancelled the call');
}

function timedOut(lifeMs: number): Fault {
  return fault('timeout', `no answer within ${Math.round(lifeMs)} ms`);
}

/** The fault a scope's signal was aborted with; undefined while it was not. */
export function abortFault(signal: AbortSignal): Fault | undefined {
  return signal.aborted && signal.reason instanceof FaultError ? signal.reason.fault : undefined;
}

/** Waits for the work, but no longer than the signal allows; then throws the signal's reason. */
export function untilAborted<Value>(work: PromiseLike<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).then(() => signal.removeEventListener('abort', leave));
  });
}
