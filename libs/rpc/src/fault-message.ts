import { FaultKind as FaultKindOnWire, type Fault as FaultMessage } from '@waybill/contracts';
import { type Fault, type FaultKind, fault, faultKinds } from '@waybill/kernel';

const messageLengthMax = 2000;
const detailsMax = 32;
const detailLengthMax = 500;
const uint32Max = 0xffff_ffff;

const kindOnWire: Record<FaultKind, FaultKindOnWire> = {
  invalid: FaultKindOnWire.INVALID,
  unauthenticated: FaultKindOnWire.UNAUTHENTICATED,
  forbidden: FaultKindOnWire.FORBIDDEN,
  not_found: FaultKindOnWire.NOT_FOUND,
  conflict: FaultKindOnWire.CONFLICT,
  too_large: FaultKindOnWire.TOO_LARGE,
  limited: FaultKindOnWire.LIMITED,
  unavailable: FaultKindOnWire.UNAVAILABLE,
  timeout: FaultKindOnWire.TIMEOUT,
  cancelled: FaultKindOnWire.CANCELLED,
  upstream: FaultKindOnWire.UPSTREAM,
  internal: FaultKindOnWire.INTERNAL,
};
const kindOf = new Map(faultKinds.map((kind) => [kindOnWire[kind], kind]));

/**
 * A fault as it crosses a boundary: without its cause, and small enough for a trailer (a message of 2,000 characters,
 * 32 details of 500 each; what is longer is cut).
 */
export function faultToMessage(fault: Fault): FaultMessage {
  const details = Object.entries(fault.details).slice(0, detailsMax);
  return {
    kind: kindOnWire[fault.kind],
    message: cut(fault.message, messageLengthMax),
    details: Object.fromEntries(
      details.map(([name, value]) => [cut(name, detailLengthMax), cut(value, detailLengthMax)]),
    ),
    retryAfterMs: fault.retryAfterMs === undefined ? undefined : wholeUint32(fault.retryAfterMs),
  };
}

/** The fault that crossed; a kind that is not known here (a newer sender's) is `internal`. */
export function faultFromMessage(message: FaultMessage): Fault {
  const { details, retryAfterMs } = message;
  return fault(kindOf.get(message.kind) ?? 'internal', message.message, {
    details: { ...details },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Half a surrogate pair cannot be sent; toWellFormed replaces it. */
function cut(text: string, lengthMax: number): string {
  return String(text).slice(0, lengthMax).toWellFormed();
}

function wholeUint32(value: number): number {
  return Math.min(Math.max(0, Math.ceil(value)), uint32Max);
}
