// Where calls meet their handlers: the same for every transport.
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Authorize } from './authorize.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import { faultFromMessage, faultToMessage } from './fault-message.ts';
import type { IncomingHook, IncomingObservation } from './hooks.ts';
import { createOccupancy, type Occupancy } from './occupancy.ts';
import type { Packing } from './packing.ts';
import type { HandlerContext, Offer } from './ports.ts';
import { type Route, routesOf, serviceOfPath } from './routes.ts';
import { notBegun, ofBegunCall } from './turned-away.ts';

/** Told of what a caller is not shown: unknown errors, and the causes of faults. For the log, after redaction. */
export type ErrorHook = (error: unknown, path: string) => void;

export interface DispatcherSettings<Parcel> {
  readonly packing: Packing<Parcel>;
  readonly onError: ErrorHook;
  readonly onCall?: IncomingHook | undefined;
  readonly authorize?: Authorize | undefined;
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
    const work = handling.answer();
    const leave = () => handling.leave();
    work.then(leave, leave);
    try {
      const answer = await call.scope.until(work);
      handling.ended(undefined);
      return answer;
    } catch (thrown) {
      throw handling.failed(thrown);
    }
  }

  function enter(call: PackedCall<Parcel>): Handling<Parcel> {
    const refusal = settings.authorize?.(call.path, call.caller);
    if (refusal !== undefined) throw new FaultError(refusal);
    const room = rooms.get(serviceOfPath(call.path));
    if (room === undefined) throw refused(`${call.path} is not on offer (yet)`);
    if (room.draining) throw refused(`${call.path} takes no more calls: its server is stopping`);
    const route = room.routes.get(call.path);
    if (route === undefined) throw new FaultError(fault('not_found', `there is no method ${call.path}`));
    call.scope.throwIfAborted();
    call.isSent = true;
    room.occupancy.enter(call.scope);
    return new Handling(call, room, route, settings);
  }

  function roomsOf(service: string | undefined): Room[] {
    return [...rooms].filter(([name]) => service === undefined || name === service).map(([, room]) => room);
  }

  return {
    unary,
    stream: (call) => new StreamedAnswer(call, enter),
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
class Handling<Parcel> {
  readonly #call: PackedCall<Parcel>;
  readonly #room: Room;
  readonly #route: Route;
  readonly #settings: DispatcherSettings<Parcel>;
  readonly #observation: IncomingObservation | undefined;

  constructor(call: PackedCall<Parcel>, room: Room, route: Route, settings: DispatcherSettings<Parcel>) {
    this.#call = call;
    this.#room = room;
    this.#route = route;
    this.#settings = settings;
    this.#observation = settings.onCall?.(route.path, call.metadata);
  }

  run<Value>(step: () => Value): Value {
    return this.#observation === undefined ? step() : this.#observation.run(step);
  }

  /** Hands the request over. */
  invoke(): unknown {
    const { scope, metadata, request } = this.#call;
    const { key, method } = this.#route;
    const message = this.#settings.packing.unpack(method.requestType, request);
    // Most handlers never look at their signal, so that most calls need none.
    const context = {
      get signal() {
        return scope.signal;
      },
      timeLeftMs: scope.timeLeftMs(),
      metadata,
    };
    return this.run(() => this.#room.handlers[key]?.(message, context));
  }

  async answer(): Promise<Parcel> {
    return this.pack(await this.invoke());
  }

  pack(answer: unknown): Parcel {
    return this.#settings.packing.pack(this.#route.method.responseType, answer);
  }

  ended(fault: Fault | undefined): void {
    this.#observation?.ended(fault);
  }

  /** What the caller is told of what was thrown. */
  failed(thrown: unknown): FaultError {
    const ending = this.#call.scope.fault;
    const fault = ending ?? ofBegunCall(faultOf(thrown));
    const isHidden = fault.cause !== undefined || !(thrown instanceof FaultError);
    if (ending === undefined && isHidden) this.run(() => this.#settings.onError(thrown, this.#route.path));
    this.ended(fault);
    return new FaultError(faultFromMessage(faultToMessage(fault)));
  }

  leave(): void {
    this.#room.occupancy.leave(this.#call.scope);
  }
}

/** The messages of a streamed answer; the handler begins when the first is asked for. */
class StreamedAnswer<Parcel> implements AsyncIterableIterator<Parcel, undefined> {
  readonly #call: PackedCall<Parcel>;
  readonly #enter: (call: PackedCall<Parcel>) => Handling<Parcel>;
  #handling: Handling<Parcel> | undefined;
  #messages: AsyncIterator<unknown> | undefined;
  #isOver = false;

  constructor(call: PackedCall<Parcel>, enter: (call: PackedCall<Parcel>) => Handling<Parcel>) {
    this.#call = call;
    this.#enter = enter;
  }

  async next(): Promise<IteratorResult<Parcel, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    const handling = this.#handling ?? this.#begin();
    try {
      this.#messages ??= (handling.invoke() as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      const messages = this.#messages;
      const step = await this.#call.scope.until(handling.run(() => messages.next()));
      if (!step.done) return { done: false, value: handling.pack(step.value) };
      handling.ended(undefined);
    } catch (thrown) {
      this.#end();
      throw handling.failed(thrown);
    }
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Parcel, undefined>> {
    if (!this.#isOver) {
      this.#handling?.ended(this.#call.scope.fault);
      this.#end();
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): Handling<Parcel> {
    this.#handling = this.#enter(this.#call);
    // Heard here too because a reader that has stopped pulling would leave the handler waiting for ever.
    this.#call.scope.onAbort(this.#release);
    return this.#handling;
  }

  #end(): void {
    this.#isOver = true;
    this.#call.scope.offAbort(this.#release);
    this.#release();
  }

  readonly #release = (): void => {
    const leave = () => this.#handling?.leave();
    Promise.resolve(this.#messages?.return?.()).then(leave, leave);
  };
}

function refused(message: string): FaultError {
  return new FaultError(notBegun(message));
}
