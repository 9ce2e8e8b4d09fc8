// A log in memory for models, in which nothing takes time. The int specs have a real one.
import type { EventDraft, EventReader, Position, ReadOptions, StoredEvent } from '@waybill/event-log';

export interface ArrayLog extends EventReader {
  append(draft: EventDraft): Position;
  readonly events: readonly StoredEvent[];
}

export function arrayLog(): ArrayLog {
  const events: StoredEvent[] = [];

  async function* read(after: Position, { types, batchSize = 100 }: ReadOptions = {}) {
    const wanted = events.slice(Number(after)).filter(({ envelope }) => !types || types.includes(envelope.type));
    for (let start = 0; start < wanted.length; start += batchSize) yield wanted.slice(start, start + batchSize);
  }

  return {
    events,
    append(draft) {
      const position = BigInt(events.length + 1);
      events.push({ position, envelope: { ...draft, producer: undefined } });
      return position;
    },
    read,
    subscribe: read,
    readStream: async (streamId) => events.filter(({ envelope }) => envelope.streamId === streamId),
    end: async () => BigInt(events.length),
  };
}
