// Everything in SQLite files below the data folder, for one process.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { openSqliteEventLog } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { soleLeases } from '@waybill/leases';
import { openSqliteProjectionStore } from '@waybill/projections';
import { observedLeases } from './observed-leases.ts';
import type { OpenStoresOptions } from './open.ts';
import type { Stores } from './ports.ts';

/** Where the embedded event log lies. */
export function eventLogFile(configuration: Configuration): string {
  return join(configuration.storage.dataDirectory, 'events.sqlite');
}

/** Where the embedded read models lie. */
export function projectionsFile(configuration: Configuration): string {
  return join(configuration.storage.dataDirectory, 'projections.sqlite');
}

/** Opens the event log and the read models. Throws a FaultError that names the file and the fix. */
export async function openEmbeddedStores({ configuration, clock, metrics }: OpenStoresOptions): Promise<Stores> {
  const { durability } = configuration.storage;
  const eventLog = await openSqliteEventLog({ file: eventLogFile(configuration), durability, clock });
  try {
    const file = projectionsFile(configuration);
    const readModels = await openSqliteProjectionStore({ file, durability: 'process' });
    const leases = observedLeases(soleLeases(configuration.network.instance), metrics);
    return {
      eventLog,
      leases,
      mongodb: undefined,
      producerIdOf: (service) => service,
      readModelsOf: () => readModels,
      keepRecord: async () => undefined,
      async close() {
        await leases.close();
        await readModels.close();
        await eventLog.close();
      },
    };
  } catch (thrown) {
    await eventLog.close();
    throw thrown;
  }
}

/** Throws a FaultError `unavailable` when there is no such folder and none can be made. */
export async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the data directory ${directory} cannot be used: ${reason}; set WAYBILL_DATA_DIR to a folder you own`;
    throw new FaultError(fault('unavailable', message, { cause }));
  }
}
