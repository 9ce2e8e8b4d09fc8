// Where calls meet their handlers: the same for every transport.
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { abortFault, untilAborted } from './call-scope.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import { faultFromMessage, faultToMessage } from './fault-message.ts';
import type { IncomingHook } from './hooks.ts';
import { createOccupancy, type Occupancy } from './occupancy.ts';
import type { Packing } from './packing.ts';
import type { HandlerContext, Offer } from './ports.ts';
import { type Route, routesOf, serviceOfPath } from './routes.ts';

/** Told of what a caller is not shown: unknown errors, and the causes of faults. For the log, after redaction. */
export type ErrorHook = (error: unknown, path: string) => void;

export interface DispatcherSettings<Parcel> {
  readonly packing: Packing<Parcel>;
  readonly onError: ErrorHook;
  readonly onCall?: IncomingHook | undefined;
}

/** Answers calls with the handlers that are on offer by then. */
export interface Dispatcher<Parcel> extends Carrier<Parcel> {
  offer(offer: Offer): void;
  /** Whether the method at this path answers with a stream; false when nothing is known of it. */
  answersWithStream(path: string): boolean;
  /** From now on refuses calls of this service, or of all; resolves when its last handler is done. */
  drain(service?: string): Promise<void>;
  /** Ends every call under way with this fault. */
  abortAll(reason: Fault): void;
}

type AnyHandler = (request: unknown, context: HandlerContext) => unknown;

interface Room {
  readonly routes: ReadonlyMap<string, Route>;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  readonly occupancy: Occupancy;
  draining: boolean;
}

export function createDispatcher<Parcel>(settings: DispatcherSettings<Parcel>): Dispatcher<Parcel> {
  const rooms = new Map<string, Room>();

  async function unary(call: PackedCall<Parcel>): Promise<Parcel> {
    const handling = enter(call);
    const work = handling.run(async () => handling.pack(await handling.invoke()));
    work.then(handling.leave, handling.leave);
    try {
      const answer = await untilAborted(work, call.scope.signal);
      handling.ended(undefined);
      return answer;
    } catch (thrown) {
      throw handling.failed(thrown);
    }
  }

  async function* stream(call: PackedCall<Parcel>): AsyncGenerator<Parcel> {
    const { signal } = call.scope;
    const handling = enter(call);
    let messages: AsyncIterator<unknown> | undefined;
    let fault: Fault | undefined;
    const release = () => {
      Promise.resolve(messages?.return?.()).then(handling.leave, handling.leave);
    };
    // Heard here too because a reader that has stopped pulling would leave the handler waiting for ever.
    signal.addEventListener('abort', release, { once: true });
    try {
      const started = handling.run(() => (handling.invoke() as AsyncIterable<unknown>)[Symbol.asyncIterator]());
      messages = started;
      for (;;) {
        const step = await untilAborted(
          handling.run(() => started.next()),
          signal,
        );
        if (step.done) break;
        yield handling.pack(step.value);
      }
    } catch (thrown) {
      const error = handling.failed(thrown);
      fault = error.fault;
      throw error;
    } finally {
      if (fault === undefined) handling.ended(abortFault(signal));
      signal.removeEventListener('abort', release);
      release();
    }
  }

  function enter(call: PackedCall<Parcel>): Handling<Parcel> {
    const room = rooms.get(serviceOfPath(call.path));
    if (room === undefined) throw unavailable(`${call.path} is not on offer (yet)`);
    if (room.draining) throw unavailable(`${call.path} takes no more calls: its server is stopping`);
    const route = room.routes.get(call.path);
    if (route === undefined) throw new FaultError(fault('not_found', `there is no method ${call.path}`));
    call.scope.signal.throwIfAborted();
    room.occupancy.enter(call.scope);
    return handle(call, room, route, settings);
  }

  function roomsOf(service: string | undefined): Room[] {
    return [...rooms].filter(([name]) => service === undefined || name === service).map(([, room]) => room);
  }

  return {
    unary,
    stream,
    offer({ service, handlers }) {
      rooms.set(service.fullName, {
        routes: new Map(routesOf(service).map((route) => [route.path, route])),
        handlers: handlers as Room['handlers'],
        occupancy: createOccupancy(),
        draining: false,
      });
    },
    answersWithStream: (path) => rooms.get(serviceOfPath(path))?.routes.get(path)?.method.responseStream ?? false,
    async drain(service) {
      const leaving = roomsOf(service);
      for (const room of leaving) room.draining = true;
      await Promise.all(leaving.map((room) => room.occupancy.idle()));
    },
    abortAll(reason) {
      for (const room of rooms.values()) room.occupancy.abortAll(reason);
    },
  };
}

/** One call in the hands of its handler. */
interface Handling<Parcel> {
  run<Value>(step: () => Value): Value;
  invoke(): unknown;
  pack(answer: unknown): Parcel;
  ended(fault: Fault | undefined): void;
  /** What the caller is told of what was thrown. */
  failed(thrown: unknown): FaultError;
  leave(): void;
}

function handle<Parcel>(
  call: PackedCall<Parcel>,
  room: Room,
  { key, path, method }: Route,
  { packing, onError, onCall }: DispatcherSettings<Parcel>,
): Handling<Parcel> {
  const observation = onCall?.(path, call.metadata);
  const ended = (fault: Fault | undefined) => observation?.ended(fault);
  return {
    run: (step) => (observation === undefined ? step() : observation.run(step)),
    invoke() {
      const request = packing.unpack(method.requestType, call.request);
      const { scope, metadata } = call;
      return room.handlers[key]?.(request, { signal: scope.signal, timeLeftMs: scope.timeLeftMs(), metadata });
    },
    pack: (answer) => packing.pack(method.responseType, answer),
    ended,
    failed(thrown) {
      const ending = abortFault(call.scope.signal);
      const fault = ending ?? faultOf(thrown);
      const hidden = fault.cause !== undefined || !(thrown instanceof FaultError);
      if (ending === undefined && hidden) onError(thrown, path);
      ended(fault);
      return new FaultError(faultFromMessage(faultToMessage(fault)));
    },
    leave: () => room.occupancy.leave(call.scope),
  };
}

function unavailable(message: string): FaultError {
  return new FaultError(fault('unavailable', message));
}
