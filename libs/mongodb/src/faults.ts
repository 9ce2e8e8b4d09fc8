// What the driver throws, as faults. Messages of the driver are kept as the cause: they may name hosts and users.
import { FaultError, type FaultKind, fault, faultOf } from '@waybill/kernel';
import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';

/**
 * `unavailable` for whatever may pass, `forbidden` for a missing right, `internal` for a mistake of ours. What is neither
 * ours nor the driver's stays what it was.
 */
export function mongoFault(thrown: unknown, what: string): FaultError {
  if (thrown instanceof FaultError) return thrown;
  if (!(thrown instanceof MongoError)) return new FaultError(faultOf(thrown));
  const details = { reason: thrown instanceof MongoServerError ? codeOf(thrown) : thrown.name };
  return new FaultError(fault(kindOf(thrown, details.reason), what, { details, cause: thrown }));
}

function kindOf(thrown: MongoError, reason: string): FaultKind {
  if (forbidden.has(reason)) return 'forbidden';
  const isPassing = passingLabels.some((label) => thrown.hasErrorLabel(label)) || passingReasons.has(reason);
  if (isPassing || passingErrors.some((kind) => thrown instanceof kind)) return 'unavailable';
  return passingNames.has(thrown.name) ? 'unavailable' : 'internal';
}

function codeOf(error: MongoServerError): string {
  return error.codeName ?? `code_${error.code}`;
}

const forbidden: ReadonlySet<string> = new Set(['Unauthorized', 'AuthenticationFailed']);
const passingErrors = [MongoNetworkError, MongoServerSelectionError];
const passingLabels = [
  'RetryableWriteError',
  'TransientTransactionError',
  'UnknownTransactionCommitResult',
  'RetryableError',
];
/** No connection was free in time, or the client was closed by whoever ends this process. */
const passingNames: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoExpiredSessionError',
  'MongoClientClosedError',
]);
/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml: those that a while may mend. */
const passingReasons: ReadonlySet<string> = new Set([
  'HostUnreachable',
  'HostNotFound',
  'NetworkTimeout',
  'SocketException',
  'ShutdownInProgress',
  'PrimarySteppedDown',
  'InterruptedAtShutdown',
  'InterruptedDueToReplStateChange',
  'Interrupted',
  'NotWritablePrimary',
  'NotPrimaryNoSecondaryOk',
  'NotPrimaryOrSecondary',
  'WriteConflict',
  'LockTimeout',
  'WriteConcernFailed',
  'WriteConcernTimeout',
  'MaxTimeMSExpired',
  'ExceededTimeLimit',
  'SnapshotUnavailable',
  'NoSuchTransaction',
  'OutOfDiskSpace',
]);

/** Claims that a unique index refused the write. */
export function isDuplicateKey(thrown: unknown): boolean {
  return thrown instanceof MongoServerError && thrown.code === 11_000;
}
