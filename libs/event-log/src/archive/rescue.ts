// Finds in a stream what the archive does not have.
import type { NatsLink } from '../jetstream/nats-link.ts';
import type { ArchiveCollections } from './archive-documents.ts';
import { type ReadEvent, type ReadMessage, readMessage } from './read-message.ts';
import { followStream } from './stream-follower.ts';
import { storedEvents } from './verdicts.ts';

const comesWithinMs = 10_000;

/** Everything up to the sequence of which an event is not stored, in handfuls and in order. */
export async function* messagesNotArchived(
  link: NatsLink,
  collections: ArchiveCollections,
  last: bigint,
): AsyncGenerator<readonly ReadMessage[]> {
  const { state } = await link.manager.streams.info(link.stream);
  if (state.messages === 0) return;
  const follower = await followStream(link, BigInt(state.first_seq) - 1n);
  try {
    for (let sequence = 0n; sequence < last; ) {
      const delivered = await follower.next(comesWithinMs);
      if (typeof delivered === 'string') throw new Error(`the stream gives nothing after ${sequence}`);
      sequence = delivered.at(-1)!.sequence;
      const messages = await Promise.all(delivered.map(readMessage));
      const missing = await notArchived(collections, messages);
      if (missing.length > 0) yield missing;
    }
  } finally {
    await follower.close();
  }
}

async function notArchived(
  collections: ArchiveCollections,
  messages: readonly ReadMessage[],
): Promise<readonly ReadMessage[]> {
  const stored = await storedEvents(
    collections,
    messages.flatMap(eventsIn).map(({ eventId }) => eventId),
  );
  const isStored = ({ eventId, digest }: ReadEvent) => stored.get(eventId)?.digest.equals(digest) === true;
  return messages.filter((message) => !message.batch || !eventsIn(message).every(isStored));
}

function eventsIn({ batch }: ReadMessage): readonly ReadEvent[] {
  return (batch?.appends ?? []).flatMap(({ events }) => events);
}
