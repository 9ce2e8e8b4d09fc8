import { FaultError, faultOf } from '@waybill/kernel';
import { abortFault, type CallScope, cancelled, openScope } from './call-scope.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import type { OutgoingHook } from './hooks.ts';
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
  const outgoing = begin(route, settings, options, settings.timeouts.unaryMs);
  try {
    const answer = await carrier.unary(outgoing.pack(request));
    const message = settings.packing.unpack(route.method.responseType, answer);
    outgoing.succeed();
    return message;
  } catch (thrown) {
    throw outgoing.fail(thrown);
  }
}

async function* callStream<Parcel>(
  route: Route,
  carrier: Carrier<Parcel>,
  settings: CallerSettings<Parcel>,
  request: unknown,
  options: CallOptions = {},
): AsyncGenerator<unknown> {
  const outgoing = begin(route, settings, options, settings.timeouts.streamMs);
  let parcels: AsyncIterator<Parcel> | undefined;
  try {
    parcels = carrier.stream(outgoing.pack(request))[Symbol.asyncIterator]();
    for (;;) {
      const step = await parcels.next();
      if (step.done) break;
      yield settings.packing.unpack(route.method.responseType, step.value);
    }
    outgoing.succeed();
  } catch (thrown) {
    throw outgoing.fail(thrown);
  } finally {
    outgoing.leave();
    // The handler may take its time to clean up; the caller does not wait for it.
    parcels?.return?.().then(undefined, () => undefined);
  }
}

/** One call on the caller's side, from packing to its one ending. */
interface OutgoingCall<Parcel> {
  readonly scope: CallScope;
  pack(request: unknown): PackedCall<Parcel>;
  succeed(): void;
  fail(thrown: unknown): FaultError;
  /** Cancels the call unless it has ended. */
  leave(): void;
}

function begin<Parcel>(
  route: Route,
  settings: CallerSettings<Parcel>,
  options: CallOptions,
  timeoutMs: number,
): OutgoingCall<Parcel> {
  const scope = openScope(options.timeoutMs ?? timeoutMs, options.signal);
  settings.underWay.enter(scope);
  const observation = settings.onCall?.(route.path);
  let ended = false;
  const end = (): void => {
    ended = true;
    scope.close();
    settings.underWay.leave(scope);
  };
  return {
    scope,
    pack(request) {
      scope.signal.throwIfAborted();
      const metadata = { ...options.metadata, ...observation?.metadata };
      checkMetadata(metadata);
      return { path: route.path, request: settings.packing.pack(route.method.requestType, request), scope, metadata };
    },
    succeed() {
      end();
      observation?.ended(undefined);
    },
    fail(thrown) {
      const fault = abortFault(scope.signal) ?? faultOf(thrown);
      end();
      observation?.ended(fault);
      return thrown instanceof FaultError && thrown.fault === fault ? thrown : new FaultError(fault);
    },
    leave() {
      if (ended) return;
      scope.abort(cancelled());
      end();
      observation?.ended(cancelled());
    },
  };
}
