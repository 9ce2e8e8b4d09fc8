// One process for each purpose in a data folder.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FaultError, fault } from '@waybill/kernel';
import { openFault } from './store-faults.ts';

const busy = 5;

/** Lets go of the folder. */
export type Release = () => void;

/**
 * Takes the folder for this process, making it if need be. The lock is an open exclusive transaction on the empty
 * database `<purpose>.lock`, which the operating system ends with the process, however that dies; `<purpose>.pid` is
 * there for the message only. Nothing else in this process may open the lock: closing any handle on a file drops a
 * process's POSIX locks on it. Throws a `conflict` fault that names the folder and the owner when it is taken.
 */
export function lockFolder(folder: string, purpose = 'writer'): Release {
  const lockFile = join(folder, `${purpose}.lock`);
  const pidFile = join(folder, `${purpose}.pid`);
  const lock = takeLock(folder, lockFile, pidFile);
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => {
    rmSync(pidFile, { force: true });
    lock.close();
  };
}

function takeLock(folder: string, lockFile: string, pidFile: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true });
    const lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== busy) throw new FaultError(openFault(lockFile, error));
    const owner = readOwner(pidFile);
    const message = `the data folder ${folder} is in use by process ${owner}: stop it, or choose another folder`;
    throw new FaultError(fault('conflict', message, { details: { folder, owner_pid: owner } }));
  }
}

function readOwner(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
