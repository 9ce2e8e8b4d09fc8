// Whether the stream still is the one that the archive was filled from.
import type { StreamInfo } from '@nats-io/jetstream';
import { type Fault, fault } from '@waybill/kernel';
import type { CheckpointDocument } from './archive-documents.ts';
import { bytesOf } from './archive-writer.ts';

export type Damage =
  /** There is no stream of that name. */
  | 'missing'
  /** It was made anew. */
  | 'made_anew'
  /** It ends before the checkpoint. */
  | 'tail_lost'
  /** It ended before the checkpoint and has grown beyond it since. */
  | 'other_content'
  /** Its beginning was removed before the archive had it. */
  | 'archive_behind'
  /** A repair was begun and not finished. */
  | 'under_repair';

/** What the stream says of itself. */
export interface StreamFacts {
  /** When it was made, as the server tells it. */
  readonly created: string;
  readonly subjects: readonly string[];
  readonly firstSequence: bigint;
  readonly lastSequence: bigint;
  /** SHA-256 of the message at the checkpoint; undefined when there is none. */
  readonly checkpointDigest: Buffer | undefined;
}

export function factsOf({ created, config, state }: StreamInfo, checkpointDigest: Buffer | undefined): StreamFacts {
  return {
    created,
    subjects: config.subjects,
    firstSequence: BigInt(state.first_seq),
    lastSequence: BigInt(state.last_seq),
    checkpointDigest,
  };
}

/** Undefined when the stream can be followed on from the checkpoint. */
export function damageOf(
  stream: StreamFacts | undefined,
  checkpoint: CheckpointDocument,
  eventSubjects: string,
): Damage | undefined {
  if (!stream) return 'missing';
  if (!stream.subjects.includes(eventSubjects)) return 'under_repair';
  const { sequence, stream_created, message_digest } = checkpoint;
  if (stream_created !== '' && stream.created !== stream_created) return 'made_anew';
  if (stream.lastSequence < sequence) return 'tail_lost';
  if (stream.firstSequence > sequence + 1n) return 'archive_behind';
  const found = stream.checkpointDigest;
  if (message_digest && found && !found.equals(bytesOf(message_digest))) return 'other_content';
  return undefined;
}

/** What an operator has to know: which positions are in doubt, and what to do. */
export function damageFault(
  damage: Damage,
  stream: StreamFacts | undefined,
  { sequence, end }: CheckpointDocument,
): Fault {
  const details = {
    reason: 'event_log_behind_record',
    damage,
    archive_sequence: String(sequence),
    archive_end: String(end),
    stream_first_sequence: String(stream?.firstSequence ?? ''),
    stream_last_sequence: String(stream?.lastSequence ?? ''),
  };
  return fault('unavailable', `${sentences[damage]}; ${remedy(damage)}`, { details });
}

const sentences: Readonly<Record<Damage, string>> = {
  missing: 'the stream of the event log is gone',
  made_anew: 'the stream of the event log was made anew',
  tail_lost: 'the stream of the event log has lost its last messages, which the archive has',
  other_content: 'the stream of the event log has other messages than the archive has taken from it',
  archive_behind: 'the stream of the event log was trimmed beyond what the archive has',
  under_repair: 'a repair of the event log was begun and not finished',
};

function remedy(damage: Damage): string {
  return damage === 'archive_behind'
    ? 'restore MongoDB from a newer backup: nothing is archived until then'
    : 'nothing is archived until the event log is repaired: run `waybill repair`';
}
