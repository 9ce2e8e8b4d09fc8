// The one place where stores are chosen.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { type EventLog, openSqliteEventLog } from '@waybill/event-log';
import { type Clock, FaultError, fault } from '@waybill/kernel';
import { openSqliteProjectionStore, type ProjectionStore } from '@waybill/projections';

export interface Stores {
  readonly eventLog: EventLog;
  readonly projections: ProjectionStore;
  close(): Promise<void>;
}

/** Where the embedded event log lies. */
export function eventLogFile(configuration: Configuration): string {
  return join(configuration.storage.dataDirectory, 'events.sqlite');
}

/** Where the embedded read models lie. */
export function projectionsFile(configuration: Configuration): string {
  return join(configuration.storage.dataDirectory, 'projections.sqlite');
}

/** Opens the event log and the read models. Throws a FaultError that names the file and the fix. */
export async function openStores(configuration: Configuration, clock: Clock): Promise<Stores> {
  await makeDataDirectory(configuration.storage.dataDirectory);
  const { durability } = configuration.storage;
  const eventLog = await openSqliteEventLog({ file: eventLogFile(configuration), durability, clock });
  try {
    const projections = await openSqliteProjectionStore({
      file: projectionsFile(configuration),
      durability: 'process',
    });
    const close = async () => {
      await projections.close();
      await eventLog.close();
    };
    return { eventLog, projections, close };
  } catch (thrown) {
    await eventLog.close();
    throw thrown;
  }
}

async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the data directory ${directory} cannot be used: ${reason}; set WAYBILL_DATA_DIR to a folder you own`;
    throw new FaultError(fault('unavailable', message, { cause }));
  }
}
