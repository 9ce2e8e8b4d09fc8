// Removes from the stream what the archive has, and says so in good time when the stream fills up all the same.
import type { NatsLink } from '../jetstream/nats-link.ts';
import type { CheckpointDocument } from './archive-documents.ts';
import type { StreamCheck } from './stream-check.ts';

const defaultKeptMessages = 10_000;
/** Share of the stream's bound from which on somebody has to see it. */
const alarmingShare = 0.6;
/** It is worth a request when this many messages can go. */
const fewestTrimmed = 100n;

export interface TrimmerOptions {
  readonly link: NatsLink;
  readonly nats: { readonly maxBytes: number };
  readonly keptMessages?: number;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Trimmer {
  /** Never beyond the checkpoint, whose own message stays: by that the stream is known again. */
  trim(check: StreamCheck, checkpoint: CheckpointDocument): Promise<void>;
}

export function createTrimmer({ link, nats, keptMessages, alarm }: TrimmerOptions): Trimmer {
  const kept = BigInt(Math.max(1, keptMessages ?? defaultKeptMessages));
  let isFilling = false;

  function watchSize(bytes: number): void {
    const wasFilling = isFilling;
    isFilling = bytes > nats.maxBytes * alarmingShare;
    if (isFilling && !wasFilling) alarm('event_log_filling', { bytes, max_bytes: nats.maxBytes });
  }

  return {
    async trim({ facts, bytes }, { sequence }) {
      watchSize(bytes);
      const firstKept = sequence - kept + 1n;
      if (!facts || firstKept - facts.firstSequence < fewestTrimmed) return;
      await link.manager.streams.purge(link.stream, { seq: Number(firstKept) }).catch((thrown: unknown) => {
        alarm('event_log_not_trimmed', { err: thrown });
      });
    },
  };
}
