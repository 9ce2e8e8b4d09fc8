// The one table between faults and gRPC statuses.
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault as FaultMessage } from '@waybill/contracts';
import { type Fault, type FaultKind, fault } from '@waybill/kernel';
import { faultFromMessage, faultToMessage } from './fault-message.ts';
import { markedNotSent } from './turned-away.ts';

/** The trailer that carries the whole fault, an encoded waybill.call.v1.Fault. */
export const faultTrailer = 'waybill-fault-bin';

/** One status for each kind, so that callers who see nothing but the status can act on it too. */
export const statusOfKind: Readonly<Record<FaultKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  too_large: status.OUT_OF_RANGE,
  limited: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  cancelled: status.CANCELLED,
  upstream: status.UNKNOWN,
  internal: status.INTERNAL,
};

const kindOfStatus = new Map<status, FaultKind>([
  ...Object.entries(statusOfKind).map(([kind, code]): [status, FaultKind] => [code, kind as FaultKind]),
  [status.FAILED_PRECONDITION, 'conflict'],
  [status.ABORTED, 'conflict'],
  [status.DATA_LOSS, 'internal'],
  // This server does not have the method, so nothing began; another target, or the same one later, may have it.
  [status.UNIMPLEMENTED, 'unavailable'],
]);

const statusTextLengthMax = 500;

/** The status, text and trailers that tell a fault; its cause stays behind. */
export function statusOfFault(fault: Fault): StatusObject {
  const message = faultToMessage(fault);
  const metadata = new Metadata();
  metadata.set(faultTrailer, Buffer.from(FaultMessage.encode(message).finish()));
  const details = message.message.slice(0, statusTextLengthMax).toWellFormed();
  return { code: statusOfKind[fault.kind], details, metadata };
}

/** The fault behind a status: the one in its trailer, or what the table says of a status that carries none. */
export function faultOfStatus(answer: Pick<StatusObject, 'code' | 'details'> & { metadata?: Metadata }): Fault {
  const told = faultInTrailer(answer.metadata);
  if (told !== undefined) return told;
  const plain = fault(kindOfStatus.get(answer.code) ?? 'internal', answer.details, { cause: answer });
  return answer.code === status.UNIMPLEMENTED ? markedNotSent(plain) : plain;
}

/** The fault a server of ours put into the trailers; undefined when the status comes from elsewhere. */
export function faultInTrailer(trailers: Metadata | undefined): Fault | undefined {
  const [encoded] = trailers?.get(faultTrailer) ?? [];
  if (!Buffer.isBuffer(encoded)) return undefined;
  try {
    return faultFromMessage(FaultMessage.decode(encoded));
  } catch {
    return undefined;
  }
}
