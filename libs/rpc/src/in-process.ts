import { FaultError } from '@waybill/kernel';
import { type PackedCall, transportClosed } from './carrier.ts';
import { createClient } from './client.ts';
import { createDispatcher, type ErrorHook } from './dispatcher.ts';
import type { IncomingHook, OutgoingHook } from './hooks.ts';
import { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from './limits.ts';
import { createOccupancy } from './occupancy.ts';
import { copyPacking } from './packing.ts';
import type { Offer, ServiceDescription, Transport } from './ports.ts';
import { createRoamingCarrier, type Itinerary, pause } from './roaming.ts';
import { isElsewhere } from './turned-away.ts';

export interface InProcessOptions {
  readonly onError: ErrorHook;
  readonly limits?: Partial<Pick<Limits, 'messageBytesMax'>>;
  readonly timeouts?: Partial<Timeouts>;
  readonly onOutgoingCall?: OutgoingHook;
  readonly onIncomingCall?: IncomingHook;
}

/** Calls inside one process. Services may be offered in any order; until one is, calls to it are `unavailable`. */
export interface InProcessTransport extends Transport {
  offer(offer: Offer): void;
  /** Refuses new calls of this service, or of all, as `unavailable`; resolves when those under way are done. */
  drain(service?: ServiceDescription): Promise<void>;
}

/** Connects callers and handlers in one process; close() ends the calls still under way as `unavailable`. */
export function createInProcessTransport(offers: readonly Offer[], options: InProcessOptions): InProcessTransport {
  const packing = copyPacking({ ...defaultLimits, ...options.limits }.messageBytesMax);
  const dispatcher = createDispatcher({ packing, onError: options.onError, onCall: options.onIncomingCall });
  for (const offered of offers) dispatcher.offer(offered);
  const underWay = createOccupancy();
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const settings = { packing, timeouts, underWay, onCall: options.onOutgoingCall };

  /** There is no other replica to go to: whoever is sent to one asks again. */
  function plan({ scope }: PackedCall<unknown>): Itinerary<unknown> {
    return {
      next: () => dispatcher,
      async turnedAway(reason) {
        if (!isElsewhere(reason)) throw new FaultError(reason);
        await pause(scope);
      },
    };
  }

  const carrier = createRoamingCarrier(plan);
  return {
    client: (service, clientOptions) => createClient(service, carrier, settings, clientOptions),
    offer: dispatcher.offer,
    drain: (service) => dispatcher.drain(service?.fullName),
    close: async () => underWay.close(transportClosed()),
  };
}
