// A process that appends until it is killed. Writes a line for each append: `stored <ids> ok` or `refused <reason>`.
import { FaultError } from '@waybill/kernel';
import { draft } from '../contract/drafts.ts';
import type { Durability } from './messages.ts';
import { openSqliteEventLog } from './sqlite-event-log.ts';

const [file, durability, prefix] = process.argv.slice(2) as [string, Durability, string];
const clock = { nowMicros: () => BigInt(Date.now()) * 1_000n, monotonicMs: () => performance.now() };
const say = (line: string) => process.stdout.write(`${line}\n`);

const log = await openSqliteEventLog({ file, durability, clock });
const producer = await log.openProducer('gateway');

async function appendForEver(lane: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    const ids = Array.from({ length: 1 + (round % 3) }, (_, part) => `${prefix}-${lane}-${round}-${part}`);
    try {
      await producer.append(ids.map((id) => draft(id)));
      say(`stored ${ids.join(' ')} ok`);
    } catch (error) {
      say(`refused ${error instanceof FaultError ? error.fault.details.reason : String(error)}`);
    }
  }
}

await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(appendForEver));
