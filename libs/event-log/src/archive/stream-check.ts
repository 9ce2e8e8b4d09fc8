// Asks the stream whether it is still what the archive was filled from.
import { isStreamMissing, natsFault } from '../jetstream/nats-faults.ts';
import type { NatsLink } from '../jetstream/nats-link.ts';
import { messageAt } from '../jetstream/stream-messages.ts';
import { eventSubjects } from '../jetstream/subjects.ts';
import type { CheckpointDocument } from './archive-documents.ts';
import { messageDigest } from './read-message.ts';
import { type Damage, damageOf, factsOf, type StreamFacts } from './stream-damage.ts';

export interface StreamCheck {
  readonly facts: StreamFacts | undefined;
  readonly damage: Damage | undefined;
  /** Bytes that the stream holds. */
  readonly bytes: number;
}

/** Throws `unavailable` when NATS cannot be asked. */
export async function checkStream(link: NatsLink, checkpoint: CheckpointDocument): Promise<StreamCheck> {
  try {
    const info = await link.ask(() => link.manager.streams.info(link.stream));
    const isWithin = checkpoint.sequence > 0n && BigInt(info.state.first_seq) <= checkpoint.sequence;
    const message = isWithin ? await messageAt(link, Number(checkpoint.sequence)) : undefined;
    const facts = factsOf(info, message && messageDigest(message));
    return { facts, damage: damageOf(facts, checkpoint, eventSubjects), bytes: info.state.bytes };
  } catch (thrown) {
    if (isStreamMissing(thrown)) return { facts: undefined, damage: 'missing', bytes: 0 };
    throw natsFault(thrown, 'the stream of the event log cannot be looked at');
  }
}
