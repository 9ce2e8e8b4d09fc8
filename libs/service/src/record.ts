// What commands and tests read beside running processes, or without them: the event log and the read models.
import { access } from 'node:fs/promises';
import type { Configuration, DistributedStorage } from '@waybill/config';
import { type EventReader, openArchiveReader, openSqliteEventReader } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { openMongoProjectionStore, openSqliteProjectionStore, type ProjectionStore } from '@waybill/projections';
import { connectStorage, databaseOf } from './stores/distributed.ts';
import { eventLogFile, projectionsFile } from './stores/embedded.ts';

export interface OpenedRecord {
  readonly events: EventReader;
  /** The read models of one service. Throws a FaultError that says what to do when there are none. */
  readModelsOf(service: string): Promise<ProjectionStore>;
  close(): Promise<void>;
}

/** Opens what is there and never makes what is not. Throws a FaultError that names the place and the fix. */
export async function openRecord(configuration: Configuration): Promise<OpenedRecord> {
  const { distributed } = configuration.storage;
  return distributed ? openArchive(distributed) : openFiles(configuration);
}

async function openArchive(storage: DistributedStorage): Promise<OpenedRecord> {
  const connection = await connectStorage(storage, 'command');
  const events = openArchiveReader(connection);
  return {
    events,
    readModelsOf: (service) => openMongoProjectionStore({ connection, database: databaseOf(service) }),
    async close() {
      await events.close();
      await connection.close();
    },
  };
}

async function openFiles(configuration: Configuration): Promise<OpenedRecord> {
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
