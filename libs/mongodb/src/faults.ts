// What the driver throws, as faults. Messages of the driver are kept as the cause: they may name hosts and users.
import { FaultError, type FaultKind, fault, faultOf } from '@waybill/kernel';
import { MongoBulkWriteError, MongoError, MongoServerError } from 'mongodb';

/**
 * `forbidden` for a missing right; `invalid`, `too_large` and `internal` for what no further try mends; `unavailable` for
 * everything else, since a server has many ways to say that a while may mend it, and for a socket's own error, which the driver lets
 * through when it writes to a connection that the server has just ended. What is neither of these stays what it was.
 */
export function mongoFault(thrown: unknown, what: string): FaultError {
  if (thrown instanceof FaultError) return thrown;
  if (isSocketError(thrown)) {
    return new FaultError(fault('unavailable', what, { details: { reason: thrown.code }, cause: thrown }));
  }
  if (!(thrown instanceof MongoError)) return new FaultError(faultOf(thrown));
  const reason = reasonOf(thrown);
  const { kind, why } = lasting(reason) ?? { kind: 'unavailable', why: undefined };
  const message = why === undefined ? what : `${what}: ${why}`;
  return new FaultError(fault(kind, message, { details: { reason }, cause: thrown }));
}

const socketErrors: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED'];

function isSocketError(thrown: unknown): thrown is { readonly code: string } {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && socketErrors.includes(thrown.code);
}

function reasonOf(thrown: MongoError): string {
  if (!(thrown instanceof MongoServerError)) return thrown.name;
  return thrown.codeName ?? codeNames.get(Number(thrown.code)) ?? `code_${thrown.code}`;
}

interface Lasting {
  readonly kind: FaultKind;
  readonly why: string;
}

function lasting(reason: string): Lasting | undefined {
  const known = lastingReasons.get(reason);
  if (known) return known;
  return /^Location\d/.test(reason) || mistakes.has(reason) ? { kind: 'internal', why: refusedCommand } : undefined;
}

const refusedCommand = 'a command of ours was refused';

const lastingReasons: ReadonlyMap<string, Lasting> = new Map([
  ['Unauthorized', { kind: 'forbidden', why: 'the account lacks a right' }],
  ['AuthenticationFailed', { kind: 'forbidden', why: 'the server does not accept the account' }],
  ['DocumentValidationFailure', { kind: 'invalid', why: 'a document breaks the rules of its collection' }],
  ['Overflow', { kind: 'invalid', why: 'a document is nested too deeply' }],
  ['BSONObjectTooLarge', { kind: 'too_large', why: 'a document is larger than 16 MB' }],
]);

/** Of the server and of the driver: what a program does wrong, however often. */
const mistakes: ReadonlySet<string> = new Set([
  'BadValue',
  'FailedToParse',
  'TypeMismatch',
  'NoSuchKey',
  'PathNotViable',
  'ConflictingUpdateOperators',
  'DollarPrefixedFieldName',
  'EmptyFieldName',
  'ImmutableField',
  'InvalidBSON',
  'InvalidNamespace',
  'InvalidOptions',
  'InvalidIndexSpecificationOption',
  'CannotCreateIndex',
  'CannotBuildIndexKeys',
  'IndexOptionsConflict',
  'IndexKeySpecsConflict',
  'CommandNotFound',
  'CommandNotSupportedOnView',
  'OperationNotSupportedInTransaction',
  'IllegalOperation',
  'DuplicateKey',
  'MongoInvalidArgumentError',
  'MongoParseError',
  'MongoMissingDependencyError',
  'MongoCompatibilityError',
  'MongoTransactionError',
]);

/** Failures of single writes come without a name: https://www.mongodb.com/docs/manual/reference/error-codes/ */
const codeNames: ReadonlyMap<number, string> = new Map([
  [15, 'Overflow'],
  [52, 'DollarPrefixedFieldName'],
  [66, 'ImmutableField'],
  [121, 'DocumentValidationFailure'],
  [10_334, 'BSONObjectTooLarge'],
  [11_000, 'DuplicateKey'],
]);

/** Claims that a unique index refused the write. */
export function isDuplicateKey(thrown: unknown): boolean {
  return thrown instanceof MongoServerError && thrown.code === 11_000;
}

/** Which of the operations of a bulk write was the first to fail; undefined when that is not known. */
export function failedOperation(thrown: unknown): number | undefined {
  if (!(thrown instanceof MongoBulkWriteError)) return undefined;
  const [first] = [thrown.writeErrors].flat();
  return first?.index;
}
