/** The closed set of ways things go wrong; a kind exists only because a caller acts differently on it. */
export const faultKinds = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'limited',
  'unavailable',
  'timeout',
  'cancelled',
  'upstream',
  'internal',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Something that went wrong, as a value. The meaning of each kind is in proto/waybill/call/v1/fault.proto. */
export interface Fault {
  readonly kind: FaultKind;
  /** For people; never matched by programs. */
  readonly message: string;
  /** Facts a program may act on, such as `limit`, `field` or `provider_code`. */
  readonly details: Readonly<Record<string, string>>;
  /** When trying again may help, milliseconds; undefined when unknown. */
  readonly retryAfterMs?: number | undefined;
  /** What lies behind it; logged after redaction, never sent. */
  readonly cause?: unknown;
}

/** A fault on its way up the stack. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message, { cause: fault.cause });
    this.name = 'FaultError';
    this.fault = fault;
  }
}

/** Either a value or the fault that took its place. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault };

/** Makes a fault. */
export function fault(kind: FaultKind, message: string, extra: Partial<Omit<Fault, 'kind' | 'message'>> = {}): Fault {
  return { kind, message, details: {}, ...extra };
}

/**
 * The fault behind anything that was thrown: an abort is `cancelled`, the end of an `AbortSignal.timeout` is `timeout`,
 * and what is not ours becomes `internal` with a message that tells nothing.
 */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof FaultError) return thrown.fault;
  const name = typeof thrown === 'object' && thrown !== null && 'name' in thrown ? thrown.name : undefined;
  if (name === 'AbortError') return fault('cancelled', 'the call was cancelled', { cause: thrown });
  if (name === 'TimeoutError') return fault('timeout', 'the call took longer than it may', { cause: thrown });
  return fault('internal', 'something went wrong inside Waybill; the log has the details', { cause: thrown });
}
