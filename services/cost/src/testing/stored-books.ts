// Books on disk as a gateway that was stopped leaves them.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventDraft, openSqliteEventLog, openSqliteEventReader } from '@waybill/event-log';
import { catchUp, ensureCurrent, openSqliteProjectionStore, type Projection } from '@waybill/projections';
import { systemClock } from '@waybill/service';
import { ledgerProjection } from '../projections/ledger.ts';
import { spendProjection } from '../projections/spend.ts';

export const bookProjections: readonly Projection[] = [ledgerProjection, spendProjection];

/** A new folder; the caller removes it. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'waybill-cost-'));
}

/** Writes the events to the folder's log, as one epoch of the gateway. */
export async function writeEvents(folder: string, drafts: readonly EventDraft[]): Promise<void> {
  const log = await openSqliteEventLog({
    file: join(folder, 'events.sqlite'),
    durability: 'process',
    clock: systemClock(),
  });
  try {
    const producer = await log.openProducer('gateway');
    await producer.append(drafts);
    await producer.close();
  } finally {
    await log.close();
  }
}

/** Brings the read models up to the end of the log. */
export async function foldEvents(folder: string): Promise<void> {
  const reader = await openSqliteEventReader(join(folder, 'events.sqlite'));
  const store = await openSqliteProjectionStore({ file: join(folder, 'projections.sqlite'), durability: 'process' });
  try {
    for (const projection of bookProjections) {
      await ensureCurrent({ projection, reader, store });
      await catchUp({ projection, reader, partition: await store.open(projection) });
    }
  } finally {
    await store.close();
    await reader.close();
  }
}
