// Removes from the stream what the archive has, and says so in good time when the stream fills up all the same.
import type { NatsLink } from '../jetstream/nats-link.ts';
import type { CheckpointDocument } from './archive-documents.ts';
import type { StreamCheck } from './stream-check.ts';
import type { StreamFacts } from './stream-damage.ts';

const defaultKeptMessages = 10_000;
/** Share of the stream's bound from which on nothing is kept that need not be. */
const fullShare = 0.5;
/** Share of it that the archive does not have, from which on somebody has to see it. */
const alarmingShare = 0.6;
/** As long as there is room, it is worth a request when this many messages can go. */
const fewestTrimmed = 100n;

export interface TrimmerOptions {
  readonly link: NatsLink;
  readonly nats: { readonly maxBytes: number };
  readonly keptMessages?: number;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Trimmer {
  /** Raises an alarm when what the archive does not have takes too much room. */
  watch(check: StreamCheck, checkpoint: CheckpointDocument): void;
  /** Never beyond the checkpoint, whose own message stays: by that the stream is known again. */
  trim(check: StreamCheck, checkpoint: CheckpointDocument): Promise<void>;
}

export function createTrimmer({ link, nats, keptMessages, alarm }: TrimmerOptions): Trimmer {
  const kept = BigInt(Math.max(1, keptMessages ?? defaultKeptMessages));
  let isAlarmed = false;

  function watch({ facts, bytes }: StreamCheck, { sequence }: CheckpointDocument): void {
    const isFilling = facts !== undefined && bytes * shareAfter(facts, sequence) > nats.maxBytes * alarmingShare;
    if (isFilling && !isAlarmed) alarm('event_log_filling', { bytes, max_bytes: nats.maxBytes });
    isAlarmed = isFilling;
  }

  async function trim({ facts, bytes }: StreamCheck, { sequence }: CheckpointDocument): Promise<void> {
    const isFull = bytes > nats.maxBytes * fullShare;
    const firstKept = sequence - (isFull ? 1n : kept) + 1n;
    if (!facts || firstKept - facts.firstSequence < (isFull ? 1n : fewestTrimmed)) return;
    await link.manager.streams.purge(link.stream, { seq: Number(firstKept) }).catch((thrown: unknown) => {
      alarm('event_log_not_trimmed', { err: thrown });
    });
  }

  return { watch, trim };
}

/** Share of the stream's messages that come after the sequence. */
function shareAfter({ firstSequence, lastSequence }: StreamFacts, sequence: bigint): number {
  const all = Number(lastSequence - firstSequence) + 1;
  return all <= 0 ? 0 : Math.min(1, Math.max(0, Number(lastSequence - sequence) / all));
}
