import type { EventReader, StoredEvent } from '@waybill/event-log';

/** Reads events from an array, in batches of the given size. */
export function arrayReader(stored: readonly StoredEvent[], batchSize = 100): EventReader {
  async function* read(after: bigint, { types }: { readonly types?: readonly string[] } = {}) {
    const wanted = stored.filter(
      ({ position, envelope }) => position > after && (types?.includes(envelope.type) ?? true),
    );
    for (let first = 0; first < wanted.length; first += batchSize) yield wanted.slice(first, first + batchSize);
  }
  return {
    read,
    subscribe: read,
    readStream: async (streamId) => stored.filter(({ envelope }) => envelope.streamId === streamId),
    end: async () => stored.at(-1)?.position ?? 0n,
  };
}
