// A process to be killed: folds an endless made-up log into the SQLite file it is given, in small batches.
import type { EventReader, ReadOptions, StoredEvent } from '@waybill/event-log';
import { runProjection } from '../runner.ts';
import { openSqliteProjectionStore } from '../sqlite/store.ts';
import { tallyEvent, tallyProjection } from './tally.ts';

async function* endless(after: bigint, { batchSize = 1 }: ReadOptions = {}): AsyncGenerator<StoredEvent[]> {
  let number = Number((after + 1n) / 2n);
  for (;;) {
    const size = 1 + (number % batchSize);
    const first = number;
    yield Array.from({ length: size }, (_, index) => tallyEvent(first + index, 50));
    number += size;
  }
}

const reader: EventReader = {
  read: endless,
  subscribe: endless,
  readStream: async () => [],
  end: async () => 2n ** 62n,
};

const store = await openSqliteProjectionStore({ file: process.argv[2]!, durability: 'process' });
const run = await runProjection({ projection: tallyProjection, reader, store, batchSize: 40 });
process.stdout.write('running\n');
await run.done;
