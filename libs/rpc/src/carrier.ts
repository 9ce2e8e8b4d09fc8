import { type Fault, fault } from '@waybill/kernel';
import type { CallScope } from './call-scope.ts';

/** A call under way, its request packed for the journey. */
export interface PackedCall<Parcel> {
  /** Full method path, such as /waybill.ratelimit.v1.LimitService/Admit. */
  readonly path: string;
  readonly request: Parcel;
  readonly scope: CallScope;
  readonly metadata: Readonly<Record<string, string>>;
  /** Calls with the same one belong to the same replica; undefined where any will do. */
  readonly affinity: string | undefined;
  /** The service that calls, as the server has verified; undefined where it does not, and on the caller's side. */
  readonly caller: string | undefined;
  /** Whether a handler may have begun; carriers set it when they hand the request over. */
  isSent: boolean;
}

/**
 * Takes packed calls to where they are answered. Ends them when their scope aborts, and throws nothing but FaultErrors.
 * A stream is pulled: its iterator's return() cancels the call.
 */
export interface Carrier<Parcel> {
  unary(call: PackedCall<Parcel>): Promise<Parcel>;
  stream(call: PackedCall<Parcel>): AsyncIterable<Parcel>;
}

/** What calls of a closed transport end with. */
export function transportClosed(): Fault {
  return fault('unavailable', 'the transport was closed');
}
