// Whether the stream still is the one that the archive was filled from.
import type { StreamInfo } from '@nats-io/jetstream';
import { type Fault, fault } from '@waybill/kernel';
import type { CheckpointDocument } from './archive-documents.ts';
import { bytesOf } from './archive-writer.ts';

export type Damage =
  /** There is no stream of that name. */
  | 'missing'
  /** It ends before the checkpoint. */
  | 'tail_lost'
  /** It was made anew, or ended before the checkpoint, and has grown beyond it since. */
  | 'other_content'
  /** Its beginning was removed before the archive had it. */
  | 'archive_behind'
  /** A repair was begun and not finished. */
  | 'under_repair';

/** What the stream says of itself. */
export interface StreamFacts {
  readonly subjects: readonly string[];
  readonly firstSequence: bigint;
  readonly lastSequence: bigint;
  /** SHA-256 of the message at the checkpoint; undefined when there is none. */
  readonly checkpointDigest: Buffer | undefined;
}

export function factsOf({ config, state }: StreamInfo, checkpointDigest: Buffer | undefined): StreamFacts {
  return {
    subjects: config.subjects,
    firstSequence: BigInt(state.first_seq),
    lastSequence: BigInt(state.last_seq),
    checkpointDigest,
  };
}

/**
 * Undefined when the stream can be followed on from the checkpoint. It is known again by the message there and not by
 * when it was made, which a server tells differently once its settings were changed. One that was made anew begins with
 * the first sequence, so it is either too short or has another message there; where a repair has left the checkpoint the
 * stream has none.
 */
export function damageOf(
  stream: StreamFacts | undefined,
  checkpoint: CheckpointDocument,
  eventSubjects: string,
): Damage | undefined {
  if (!stream) return 'missing';
  if (!stream.subjects.includes(eventSubjects)) return 'under_repair';
  const { sequence, message_digest } = checkpoint;
  if (stream.lastSequence < sequence) return 'tail_lost';
  if (stream.firstSequence > sequence + 1n) return 'archive_behind';
  const found = stream.checkpointDigest;
  if (found && !(message_digest && found.equals(bytesOf(message_digest)))) return 'other_content';
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
