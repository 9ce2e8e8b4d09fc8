// Opens the stores for commands: beside a running gateway or without one, and never making what is not there.
import { access } from 'node:fs/promises';
import type { Configuration } from '@waybill/config';
import { openSqliteEventReader, type SqliteEventReader } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { openSqliteProjectionStore, type ProjectionStore } from '@waybill/projections';
import { eventLogFile, projectionsFile } from '@waybill/service';

/** Runs the work on the event log. Throws a FaultError that names the file and the fix when it cannot be read. */
export async function withEventLog<Value>(
  configuration: Configuration,
  work: (reader: SqliteEventReader) => Promise<Value>,
): Promise<Value> {
  const reader = await openSqliteEventReader(eventLogFile(configuration));
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Runs the work on the read models. Throws a FaultError that names the file and the fix when there are none. */
export async function withReadModels<Value>(
  configuration: Configuration,
  work: (store: ProjectionStore) => Promise<Value>,
): Promise<Value> {
  const file = projectionsFile(configuration);
  await refuseMissing(file);
  const store = await openSqliteProjectionStore({ file, durability: 'process' });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function refuseMissing(file: string): Promise<void> {
  try {
    await access(file);
  } catch (cause) {
    const advice = 'check the data folder, or start the gateway once: it builds them from the event log';
    throw new FaultError(fault('not_found', `the read models at ${file} cannot be read: ${advice}`, { cause }));
  }
}
