// A log without an end, made up as it is read, in batches of changing size.

import { setImmediate as turn } from 'node:timers/promises';
import type { EventReader, ReadOptions, StoredEvent } from '@waybill/event-log';
import { tallyEvent } from './tally.ts';

async function* endless(after: bigint, { batchSize = 1, signal }: ReadOptions = {}): AsyncGenerator<StoredEvent[]> {
  let number = Number((after + 1n) / 2n);
  while (!signal?.aborted) {
    const size = 1 + (number % batchSize);
    const first = number;
    yield Array.from({ length: size }, (_, index) => tallyEvent(first + index, 50));
    number += size;
    await turn();
  }
}

export const endlessLog: EventReader = {
  read: endless,
  subscribe: endless,
  readStream: async () => [],
  end: async () => 2n ** 62n,
};
