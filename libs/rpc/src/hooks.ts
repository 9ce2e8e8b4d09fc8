// Where tracing and metrics attach; a transport without hooks does nothing extra.
import type { Fault } from '@waybill/kernel';

/** A call seen from the side that makes it. */
export interface OutgoingObservation {
  /** Added to the call's metadata, such as the trace context. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Told once; no fault means that it went well. */
  ended(fault: Fault | undefined): void;
}

/** Told of each call before it goes out. */
export type OutgoingHook = (path: string) => OutgoingObservation;

/** A call seen from the side that answers it. */
export interface IncomingObservation {
  /** Runs each step of the handler, so that it can be put into a context. */
  run<Value>(step: () => Value): Value;
  /** Told once; no fault means that it went well. */
  ended(fault: Fault | undefined): void;
}

/** Told of each call before its handler runs. */
export type IncomingHook = (path: string, metadata: Readonly<Record<string, string>>) => IncomingObservation;
