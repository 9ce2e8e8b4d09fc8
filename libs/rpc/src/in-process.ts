import { transportClosed } from './carrier.ts';
import { createClient } from './client.ts';
import { createDispatcher, type ErrorHook } from './dispatcher.ts';
import type { IncomingHook, OutgoingHook } from './hooks.ts';
import { defaultLimits, defaultTimeouts, type Limits, type Timeouts } from './limits.ts';
import { copyPacking } from './packing.ts';
import type { Offer, ServiceDescription, Transport } from './ports.ts';

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
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const dispatcher = createDispatcher({ packing, onError: options.onError, onCall: options.onIncomingCall });
  for (const offered of offers) dispatcher.offer(offered);
  return {
    client: (service) => createClient(service, dispatcher, { packing, timeouts, onCall: options.onOutgoingCall }),
    offer: dispatcher.offer,
    drain: (service) => dispatcher.drain(service?.fullName),
    async close() {
      // Not awaited: a handler that does not heed its signal must not hold up the end.
      dispatcher.drain();
      dispatcher.abortAll(transportClosed());
    },
  };
}
