import { type Fault, FaultError, type FaultKind, faultOf } from '@waybill/kernel';
import { type CallScope, cancelled, openScope } from './call-scope.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import type { OutgoingHook, OutgoingObservation } from './hooks.ts';
import type { Timeouts } from './limits.ts';
import { checkMetadata } from './metadata.ts';
import type { Occupancy } from './occupancy.ts';
import type { Packing } from './packing.ts';
import type { CallOptions, Client, ClientOptions, ServiceDescription } from './ports.ts';
import { type Route, routesOf } from './routes.ts';
import { markedNotSent } from './turned-away.ts';

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
  { affinity }: ClientOptions<Service> = {},
): Client<Service> {
  const methods = routesOf(service).map((route) => {
    const line: Line<Parcel> = { route, carrier, settings, affinity };
    const call = route.method.responseStream ? callStream<Parcel> : callUnary<Parcel>;
    return [route.key, (request: unknown, options?: CallOptions) => call(line, request, options)];
  });
  return Object.fromEntries(methods);
}

/** What all calls of one method have in common. */
interface Line<Parcel> {
  readonly route: Route;
  readonly carrier: Carrier<Parcel>;
  readonly settings: CallerSettings<Parcel>;
  readonly affinity: ((request: never) => string | undefined) | undefined;
}

async function callUnary<Parcel>(line: Line<Parcel>, request: unknown, options: CallOptions = {}): Promise<unknown> {
  const { route, carrier, settings } = line;
  const call = new OutgoingCall(line, options, settings.timeouts.unaryMs);
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
  line: Line<Parcel>,
  request: unknown,
  options: CallOptions = {},
): AsyncIterableIterator<unknown, undefined> {
  const { route, carrier, settings } = line;
  let call: OutgoingCall<Parcel> | undefined;
  let parcels: AsyncIterator<Parcel> | undefined;
  let isLeft = false;

  async function next(): Promise<IteratorResult<unknown, undefined>> {
    if (isLeft || call?.isOver) return { done: true, value: undefined };
    // The call begins when its answer is first asked for.
    call ??= new OutgoingCall(line, options, settings.timeouts.streamMs);
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
  readonly #line: Line<Parcel>;
  readonly #given: CallOptions['metadata'];
  readonly #scope: CallScope;
  readonly #observation: OutgoingObservation | undefined;
  #packed: PackedCall<Parcel> | undefined;
  isOver = false;

  constructor(line: Line<Parcel>, options: CallOptions, timeoutMs: number) {
    this.#line = line;
    this.#given = options.metadata;
    this.#scope = openScope(options.timeoutMs ?? timeoutMs, options.signal);
    line.settings.underWay.enter(this.#scope);
    this.#observation = line.settings.onCall?.(line.route.path);
  }

  pack(request: unknown): PackedCall<Parcel> {
    this.#scope.throwIfAborted();
    const metadata = { ...this.#given, ...this.#observation?.metadata };
    checkMetadata(metadata);
    const { route, settings, affinity } = this.#line;
    this.#packed = {
      path: route.path,
      request: settings.packing.pack(route.method.requestType, request),
      scope: this.#scope,
      metadata,
      affinity: affinity?.(request as never),
      caller: undefined,
      isSent: false,
    };
    return this.#packed;
  }

  /** It went well, or as the fault says. */
  end(fault: Fault | undefined): void {
    this.isOver = true;
    this.#scope.close();
    this.#line.settings.underWay.leave(this.#scope);
    this.#observation?.ended(fault);
  }

  /** Ends it with what was thrown, or with what it was aborted with; returns what the caller is told. */
  fail(thrown: unknown): FaultError {
    const fault = this.#told(this.#scope.fault ?? faultOf(thrown));
    this.end(fault);
    return thrown instanceof FaultError && thrown.fault === fault ? thrown : new FaultError(fault);
  }

  #told(fault: Fault): Fault {
    return this.#packed?.isSent || !lostKinds.includes(fault.kind) ? fault : markedNotSent(fault);
  }

  /** Cancels the call unless it has ended. */
  leave(): void {
    if (this.isOver) return;
    this.#scope.abort(cancelled());
    this.end(cancelled());
  }
}

/** Ways to end that leave open whether a handler has begun, unless the fault says so. */
const lostKinds: readonly FaultKind[] = ['unavailable', 'timeout', 'cancelled'];
