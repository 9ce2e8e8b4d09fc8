// The fault of our code and the fault of the contract say the same.
import type { FaultKind, Fault as FaultMessage } from '@waybill/contracts';
import { type Fault, faultKinds } from '@waybill/kernel';

/** The contract's kinds are numbered in the order of ours, from 1. */
export function toFault(message: FaultMessage): Fault {
  const kind = faultKinds[message.kind - 1] ?? 'internal';
  return { kind, message: message.message, details: message.details, retryAfterMs: message.retryAfterMs };
}

/** For the wire and for events; the cause stays behind. */
export function toFaultMessage({ kind, message, details, retryAfterMs }: Fault): FaultMessage {
  const number = (faultKinds.indexOf(kind) + 1) as FaultKind;
  return { kind: number, message, details: { ...details }, retryAfterMs: retryAfterMs && wholeUint32(retryAfterMs) };
}

function wholeUint32(value: number): number {
  return Math.min(Math.max(0, Math.ceil(value)), 0xffff_ffff);
}
