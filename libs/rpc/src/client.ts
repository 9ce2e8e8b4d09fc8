import { type Fault, FaultError, faultOf } from '@waybill/kernel';
import { type CallScope, cancelled, openScope } from './call-scope.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import type { OutgoingHook, OutgoingObservation } from './hooks.ts';
import type { Timeouts } from './limits.ts';
import { checkMetadata } from './metadata.ts';
import type { Occupancy } from './occupancy.ts';
import type { Packing } from './packing.ts';
import type { CallOptions, Client, ServiceDescription } from './ports.ts';
import { type Route, routesOf } from './routes.ts';

/** What clients of one transport have in common. */
export interface CallerSettings<Parcel> {
  readonly packing: Packing<Parcel>;
  readonly timeouts: Timeouts;
  /** Keeps the calls until they end, so that closing the transport ends them. */
  readonly underWay: Occupancy;
  readonly onCall?: OutgoingHook | undefined;
}

/** The typed client of a service whose calls a carrier takes. */
export function createClient<Service extends ServiceDescription, Parcel>(
  service: Service,
  carrier: Carrier<Parcel>,
  settings: CallerSettings<Parcel>,
): Client<Service> {
  const methods = routesOf(service).map((route) => {
    const call = route.method.responseStream ? callStream<Parcel> : callUnary<Parcel>;
    return [route.key, (request: unknown, options?: CallOptions) => call(route, carrier, settings, request, options)];
  });
  return Object.fromEntries(methods);
}

async function callUnary<Parcel>(
  route: Route,
  carrier: Carrier<Parcel>,
  settings: CallerSettings<Parcel>,
  request: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  const call = new OutgoingCall(route, settings, options, settings.timeouts.unaryMs);
  try {
    const answer = await carrier.unary(call.pack(request));
    const message = settings.packing.unpack(route.method.responseType, answer);
    call.end(undefined);
    return message;
  } catch (thrown) {
    throw call.fail(thrown);
  }
}

function callStream<Parcel>(
  route: Route,
  carrier: Carrier<Parcel>,
  settings: CallerSettings<Parcel>,
  request: unknown,
  options: CallOptions = {},
): AsyncIterableIterator<unknown, undefined> {
  let call: OutgoingCall<Parcel> | undefined;
  let parcels: AsyncIterator<Parcel> | undefined;
  let isLeft = false;

  async function next(): Promise<IteratorResult<unknown, undefined>> {
    if (isLeft || call?.isOver) return { done: true, value: undefined };
    // The call begins when its answer is first asked for.
    call ??= new OutgoingCall(route, settings, options, settings.timeouts.streamMs);
    try {
      parcels ??= carrier.stream(call.pack(request))[Symbol.asyncIterator]();
      const step = await parcels.next();
      if (!step.done) return { done: false, value: settings.packing.unpack(route.method.responseType, step.value) };
      call.end(undefined);
    } catch (thrown) {
      throw call.fail(thrown);
    } finally {
      if (call.isOver) release();
    }
    return { done: true, value: undefined };
  }

  /** The handler may take its time to clean up; the caller does not wait for it. */
  function release(): void {
    parcels?.return?.().then(undefined, () => undefined);
  }

  return {
    next,
    async return() {
      isLeft = true;
      call?.leave();
      release();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** One call on the caller's side, from packing to its one ending. */
class OutgoingCall<Parcel> {
  readonly #route: Route;
  readonly #settings: CallerSettings<Parcel>;
  readonly #given: CallOptions['metadata'];
  readonly #scope: CallScope;
  readonly #observation: OutgoingObservation | undefined;
  isOver = false;

  constructor(route: Route, settings: CallerSettings<Parcel>, options: CallOptions, timeoutMs: number) {
    this.#route = route;
    this.#settings = settings;
    this.#given = options.metadata;
    this.#scope = openScope(options.timeoutMs ?? timeoutMs, options.signal);
    settings.underWay.enter(this.#scope);
    this.#observation = settings.onCall?.(route.path);
  }

  pack(request: unknown): PackedCall<Parcel> {
    this.#scope.throwIfAborted();
    const metadata = { ...this.#given, ...this.#observation?.metadata };
    checkMetadata(metadata);
    const { path, method } = this.#route;
    return { path, request: this.#settings.packing.pack(method.requestType, request), scope: this.#scope, metadata };
  }

  /** It went well, or as the fault says. */
  end(fault: Fault | undefined): void {
    this.isOver = true;
    this.#scope.close();
    this.#settings.underWay.leave(this.#scope);
    this.#observation?.ended(fault);
  }

  /** Ends it with what was thrown, or with what it was aborted with; returns what the caller is told. */
  fail(thrown: unknown): FaultError {
    const fault = this.#scope.fault ?? faultOf(thrown);
    this.end(fault);
    return thrown instanceof FaultError && thrown.fault === fault ? thrown : new FaultError(fault);
  }

  /** Cancels the call unless it has ended. */
  leave(): void {
    if (this.isOver) return;
    this.#scope.abort(cancelled());
    this.end(cancelled());
  }
}
