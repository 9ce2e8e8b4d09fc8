import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@waybill/kernel';
import type { EventLog } from './ports.ts';
import { openSqliteEventLog } from './sqlite/sqlite-event-log.ts';

const systemClock: Clock = {
  nowMicros: () => BigInt(Date.now()) * 1_000n,
  monotonicMs: () => performance.now(),
};

/** A new, empty event log in a folder of its own, which closing it removes. For tests. */
export async function openTemporaryEventLog(clock: Clock = systemClock): Promise<EventLog> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-event-log-'));
  const log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  return {
    ...log,
    async close() {
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
