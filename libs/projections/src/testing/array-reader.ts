// A log in an array, for suites that are about projections and not about logs.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventReader, ReadOptions, StoredEvent } from '@waybill/event-log';

export interface ArrayLog extends EventReader {
  append(...events: readonly StoredEvent[]): void;
}

/** A reader over the events given so far. */
export function arrayLog(start: readonly StoredEvent[] = []): ArrayLog {
  const stored = [...start];
  const pages = function* (after: bigint, { types, batchSize = 100 }: ReadOptions = {}) {
    const wanted = stored.filter((event) => event.position > after && (types?.includes(event.envelope.type) ?? true));
    for (let first = 0; first < wanted.length; first += batchSize) yield wanted.slice(first, first + batchSize);
  };
  return {
    append: (...events) => void stored.push(...events),
    async *read(after, options) {
      yield* pages(after, options);
    },
    readStream: async (streamId) => stored.filter(({ envelope }) => envelope.streamId === streamId),
    async *subscribe(after, options = {}) {
      let last = after;
      while (!options.signal?.aborted) {
        for (const page of pages(last, options)) {
          yield page;
          last = page.at(-1)!.position;
        }
        await sleep(1);
      }
    },
    end: async () => stored.at(-1)?.position ?? 0n,
  };
}
