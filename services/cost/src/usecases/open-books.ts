// Opens the books for commands: beside a running gateway or without one.
import type { Configuration } from '@waybill/config';
import type { EventReader } from '@waybill/event-log';
import type { ProjectionStore } from '@waybill/projections';
import { type OpenedRecord, openRecord } from '@waybill/service';

/** Runs the work on the event log. Throws a FaultError that names the place and the fix when it cannot be read. */
export function withEventLog<Value>(
  configuration: Configuration,
  work: (reader: EventReader) => Promise<Value>,
): Promise<Value> {
  return withRecord(configuration, ({ events }) => work(events));
}

/** Runs the work on the event log and cost's read models. Throws a FaultError when one of them cannot be read. */
export function withBooks<Value>(
  configuration: Configuration,
  work: (reader: EventReader, store: ProjectionStore) => Promise<Value>,
): Promise<Value> {
  return withRecord(configuration, async (record) => work(record.events, await record.readModelsOf('cost')));
}

async function withRecord<Value>(
  configuration: Configuration,
  work: (record: OpenedRecord) => Promise<Value>,
): Promise<Value> {
  const record = await openRecord(configuration);
  try {
    return await work(record);
  } finally {
    await record.close();
  }
}
