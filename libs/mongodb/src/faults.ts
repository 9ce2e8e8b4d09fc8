// What the driver throws, as faults. Messages of the driver are kept as the cause: they may name hosts and users.
import { FaultError, fault, faultOf } from '@waybill/kernel';
import { MongoError, MongoInvalidArgumentError, MongoServerError } from 'mongodb';

/** `unavailable` for whatever may pass; what is neither ours nor the driver's stays what it was. */
export function mongoFault(thrown: unknown, what: string): FaultError {
  if (thrown instanceof FaultError) return thrown;
  if (!(thrown instanceof MongoError)) return new FaultError(faultOf(thrown));
  if (thrown instanceof MongoInvalidArgumentError) return new FaultError(fault('internal', what, { cause: thrown }));
  const details = {
    reason: thrown instanceof MongoServerError ? (thrown.codeName ?? `code_${thrown.code}`) : thrown.name,
  };
  if (forbidden.has(details.reason)) {
    return new FaultError(fault('forbidden', `${what}: the account lacks a right`, { details, cause: thrown }));
  }
  return new FaultError(fault('unavailable', what, { details, cause: thrown }));
}

const forbidden: ReadonlySet<string> = new Set(['Unauthorized', 'AuthenticationFailed']);

/** Claims that a unique index refused the write. */
export function isDuplicateKey(thrown: unknown): boolean {
  return thrown instanceof MongoServerError && thrown.code === 11_000;
}
