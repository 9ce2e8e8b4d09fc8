import { type Fault, FaultError, fault } from '@waybill/kernel';

/** No call may run for longer than a day: beyond 24.8 days timers overflow. */
export const longestTimeoutMs = 86_400_000;

/** The life of one call, on either side: it ends when the call is over, or aborts before. */
export interface CallScope {
  /** Aborts with a FaultError: `timeout`, `cancelled`, or what abort was given. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** What the call was aborted with; undefined when it was not. */
  readonly fault: Fault | undefined;
  /** Milliseconds until the deadline, never negative; undefined when there is none. */
  timeLeftMs(): number | undefined;
  /** Throws the FaultError of a call that was aborted. */
  throwIfAborted(): void;
  /** Waits for the work, but no longer than the call lives; then rejects with its FaultError. */
  until<Value>(work: PromiseLike<Value>): Promise<Value>;
  /** Told once when the call is aborted; at once when it was before. */
  onAbort(listener: (reason: FaultError) => void): void;
  offAbort(listener: (reason: FaultError) => void): void;
  /** Ends the call before its time; does nothing once it is over. */
  abort(reason: Fault): void;
  /** The call is over: timers and listeners go. */
  close(): void;
}

/** Opens a scope. Timeouts beyond a day count as a day. A parent that aborts with a fault hands it on. */
export function openScope(timeoutMs: number | undefined, parent?: AbortSignal): CallScope {
  return new Scope(timeoutMs, parent);
}

type AbortListener = (reason: FaultError) => void;

/** Every call has one and few are aborted: an object of this class costs a tenth of an AbortController with closures. */
class Scope implements CallScope {
  readonly #lifeMs: number | undefined;
  readonly #deadline: number | undefined;
  readonly #parent: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #followParent: (() => void) | undefined;
  #controller: AbortController | undefined;
  #reason: FaultError | undefined;
  #isOver = false;
  readonly #listeners: AbortListener[] = [];

  constructor(timeoutMs: number | undefined, parent: AbortSignal | undefined) {
    this.#lifeMs = timeoutMs === undefined ? undefined : Math.min(Math.max(0, timeoutMs), longestTimeoutMs);
    this.#deadline = this.#lifeMs === undefined ? undefined : performance.now() + this.#lifeMs;
    this.#parent = parent;
    if (parent?.aborted) this.abort(reasonOf(parent));
    else if (this.#lifeMs === 0) this.#timeOut();
    else this.#watch();
  }

  #watch(): void {
    if (this.#parent) {
      const parent = this.#parent;
      this.#followParent = () => this.abort(reasonOf(parent));
      parent.addEventListener('abort', this.#followParent);
    }
    if (this.#lifeMs !== undefined) this.#timer = setTimeout(() => this.#timeOut(), this.#lifeMs);
  }

  #timeOut(): void {
    this.abort(fault('timeout', `no answer within ${Math.round(this.#lifeMs ?? 0)} ms`));
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason && !this.#controller.signal.aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get fault(): Fault | undefined {
    return this.#reason?.fault;
  }

  timeLeftMs(): number | undefined {
    return this.#deadline === undefined ? undefined : Math.max(0, this.#deadline - performance.now());
  }

  throwIfAborted(): void {
    if (this.#reason) throw this.#reason;
  }

  until<Value>(work: PromiseLike<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.onAbort(reject);
      work.then(
        (value) => {
          this.offAbort(reject);
          resolve(value);
        },
        (thrown: unknown) => {
          this.offAbort(reject);
          reject(thrown);
        },
      );
    });
  }

  onAbort(listener: AbortListener): void {
    if (this.#reason) listener(this.#reason);
    else this.#listeners.push(listener);
  }

  offAbort(listener: AbortListener): void {
    const index = this.#listeners.lastIndexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  abort(reason: Fault): void {
    if (this.#isOver) return;
    this.close();
    this.#reason = new FaultError(reason);
    this.#controller?.abort(this.#reason);
    for (const listener of this.#listeners.splice(0)) listener(this.#reason);
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#followParent) this.#parent?.removeEventListener('abort', this.#followParent);
  }
}

export function cancelled(): Fault {
  return fault('cancelled', 'the caller cancelled the call');
}

function reasonOf({ reason }: AbortSignal): Fault {
  return reason instanceof FaultError ? reason.fault : cancelled();
}
