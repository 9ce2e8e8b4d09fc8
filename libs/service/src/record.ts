// What commands and tests read beside running processes, or without them: the event log and the read models.
import { access } from 'node:fs/promises';
import type { Configuration } from '@waybill/config';
import { type EventReader, openSqliteEventReader } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { openSqliteProjectionStore, type ProjectionStore } from '@waybill/projections';
import { eventLogFile, projectionsFile } from './stores/embedded.ts';

export interface OpenedRecord {
  readonly events: EventReader;
  /** The read models of one service. Throws a FaultError that says what to do when there are none. */
  readModelsOf(service: string): Promise<ProjectionStore>;
  close(): Promise<void>;
}

/** Opens what is there and never makes what is not. Throws a FaultError that names the place and the fix. */
export async function openRecord(configuration: Configuration): Promise<OpenedRecord> {
  const events = await openSqliteEventReader(eventLogFile(configuration));
  let readModels: Promise<ProjectionStore> | undefined;
  return {
    events,
    readModelsOf() {
      readModels ??= openReadModels(projectionsFile(configuration));
      return readModels;
    },
    async close() {
      await readModels?.then(
        (store) => store.close(),
        () => undefined,
      );
      await events.close();
    },
  };
}

async function openReadModels(file: string): Promise<ProjectionStore> {
  try {
    await access(file);
  } catch (cause) {
    const advice = 'check the data folder, or start the gateway once: it builds them from the event log';
    throw new FaultError(fault('not_found', `the read models at ${file} cannot be read: ${advice}`, { cause }));
  }
  return openSqliteProjectionStore({ file, durability: 'process' });
}
