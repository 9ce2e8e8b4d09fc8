// SQLite's errors as faults. Result codes: https://www.sqlite.org/rescode.html
import { type Fault, FaultError, fault } from '@waybill/kernel';

const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;
/** Growing the shared-memory file failed; on a full disk this comes in place of `full`. */
const sharedMemorySize = 10 | (19 << 8);

function resultCode(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}

/**
 * True when nothing may be acknowledged any more until the log is opened again: after an I/O error nobody knows what
 * reached the disk, and a second try may succeed falsely. A full disk is not of that kind.
 */
export function isLasting(thrown: unknown): boolean {
  const code = resultCode(thrown);
  if (code === undefined || code === sharedMemorySize) return false;
  return [ioError, corrupt, notADatabase].includes(code & 0xff);
}

/** Why a commit did not happen. */
export function writeFault(thrown: unknown): Fault {
  const cause = String(thrown);
  const [reason, message] = whyNotWritten(thrown);
  return fault('unavailable', message, { details: { reason }, cause });
}

function whyNotWritten(thrown: unknown): [reason: string, message: string] {
  if (isLasting(thrown)) {
    return ['store_failed', 'the event log failed while writing and takes no events until it is opened again'];
  }
  const code = resultCode(thrown) ?? 0;
  if (code === sharedMemorySize || (code & 0xff) === full) return ['disk_full', 'the disk of the event log is full'];
  return ['store_busy', 'the event log cannot be written at the moment'];
}

/** Why a page could not be read. */
export function readFault(thrown: unknown): Fault {
  return fault('unavailable', 'the event log cannot be read', { cause: String(thrown) });
}

/** Why a file could not be opened as an event log, naming it and what to do. */
export function openFault(file: string, thrown: unknown): Fault {
  if (thrown instanceof FaultError) return thrown.fault;
  const details = { file };
  const cause = String(thrown);
  const code = (resultCode(thrown) ?? 0) & 0xff;
  if (code === corrupt || code === notADatabase) {
    const advice = 'restore it from a backup, or move it away to start an empty log';
    return fault('invalid', `${file} is damaged or is no SQLite database: ${advice}`, { details, cause });
  }
  if (code === cannotOpen || code === readOnly || resultCode(thrown) === undefined) {
    const advice = 'check that the folder exists and that this user may read and write it';
    return fault('unavailable', `${file} cannot be opened: ${advice}`, { details, cause });
  }
  return fault('unavailable', `${file} cannot be opened: ${cause}`, { details, cause });
}
