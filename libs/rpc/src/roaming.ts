// Calls that are turned away without having been begun go on to another place, or ask again.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, faultOf } from '@waybill/kernel';
import type { CallScope } from './call-scope.ts';
import type { Carrier, PackedCall } from './carrier.ts';
import { isElsewhere, wasNotSent } from './turned-away.ts';

/** Where one call is carried, place after place. */
export interface Itinerary<Parcel> {
  /** The place to try next. Throws what the call ends with when there is none. */
  next(): Carrier<Parcel> | Promise<Carrier<Parcel>>;
  /** Told what the place said of a call it did not begin; throws what the call ends with when it is not to go on. */
  turnedAway(reason: Fault): Promise<void>;
}

/** Carries each call along its itinerary until a place takes it. */
export function createRoamingCarrier<Parcel>(plan: (call: PackedCall<Parcel>) => Itinerary<Parcel>): Carrier<Parcel> {
  return {
    async unary(call) {
      const itinerary = plan(call);
      for (;;) {
        const next = itinerary.next();
        const place = next instanceof Promise ? await next : next;
        try {
          return await place.unary(call);
        } catch (thrown) {
          await goOn(itinerary, call, thrown);
        }
      }
    },
    stream: (call) => new RoamingAnswer(call, plan(call)),
  };
}

/** A streamed answer: once its first message is there, the place stays the same. */
class RoamingAnswer<Parcel> implements AsyncIterableIterator<Parcel, undefined> {
  readonly #call: PackedCall<Parcel>;
  readonly #itinerary: Itinerary<Parcel>;
  #messages: AsyncIterator<Parcel, undefined> | undefined;
  #hasBegun = false;

  constructor(call: PackedCall<Parcel>, itinerary: Itinerary<Parcel>) {
    this.#call = call;
    this.#itinerary = itinerary;
  }

  next(): Promise<IteratorResult<Parcel, undefined>> {
    return this.#hasBegun && this.#messages ? this.#messages.next() : this.#first();
  }

  async #first(): Promise<IteratorResult<Parcel, undefined>> {
    for (;;) {
      const place = await this.#itinerary.next();
      this.#messages = place.stream(this.#call)[Symbol.asyncIterator]();
      try {
        const first = await this.#messages.next();
        this.#hasBegun = true;
        return first;
      } catch (thrown) {
        await goOn(this.#itinerary, this.#call, thrown);
      }
    }
  }

  async return(): Promise<IteratorResult<Parcel, undefined>> {
    await this.#messages?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Throws what was thrown, unless no handler has begun and the itinerary has another place. */
async function goOn<Parcel>(itinerary: Itinerary<Parcel>, call: PackedCall<Parcel>, thrown: unknown): Promise<void> {
  const reason = faultOf(thrown);
  const wasTurnedAway = !call.isSent || wasNotSent(reason) || isElsewhere(reason);
  if (call.scope.fault !== undefined || reason.kind !== 'unavailable' || !wasTurnedAway) throw thrown;
  call.isSent = false;
  await itinerary.turnedAway(reason);
}

const pauseMs = 50;

/** Waits a little, each time differently, before the same is asked again; no longer than the call lives. */
export async function pause(scope: CallScope): Promise<void> {
  await scope.until(sleep(pauseMs * (0.5 + Math.random())));
}
