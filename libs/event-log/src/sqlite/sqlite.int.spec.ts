import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLogContract } from '../contract.ts';
import { openSqliteEventLog } from './sqlite-event-log.ts';

const clock = { nowMicros: () => 1_763_600_000_000_000n, monotonicMs: () => 0 };

eventLogContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-event-log-'));
  const open = () => openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'power', clock });
  let current = await open();
  return {
    log: current,
    async reopen() {
      await current.close();
      current = await open();
      return current;
    },
    async dispose() {
      await current.close();
      await rm(folder, { recursive: true });
    },
  };
});
