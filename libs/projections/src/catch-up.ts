// Folding a log as far as it goes, and stopping there: builds, comparisons, replays.
import type { EventReader, Position } from '@waybill/event-log';
import type { Projection, ProjectionPartition } from './ports.ts';
import { type Advance, advance, storedProgress } from './progress.ts';

/** Events per batch and commit where the caller does not say. */
export const defaultBatchSize = 1_000;

/** Poison events in a row that are put aside before a projection stops, where the caller does not say. */
export const defaultMaxPoisonInRow = 100;

export interface CatchUpOptions {
  readonly projection: Projection;
  readonly reader: EventReader;
  readonly partition: ProjectionPartition;
  /** The last position to fold in; the end of the log when absent. */
  readonly until?: Position;
  readonly batchSize?: number;
  readonly maxPoisonInRow?: number;
  readonly signal?: AbortSignal;
}

export interface CaughtUp {
  readonly checkpoint: Position;
  /** Events folded in by this call, poison included. */
  readonly events: number;
  /** Of these, events put in quarantine. */
  readonly quarantined: number;
}

/**
 * Folds from the partition's checkpoint to `until` or the end of the log at the time of the call. Throws what the
 * log or the store throws, and the faults of a halted projection; nothing is tried again.
 */
export async function catchUp(options: CatchUpOptions): Promise<CaughtUp> {
  const { projection, reader, partition, until, signal } = options;
  let progress = await storedProgress(partition);
  let events = 0;
  let quarantined = 0;
  const context: Advance = {
    projection,
    partition,
    maxPoisonInRow: options.maxPoisonInRow ?? defaultMaxPoisonInRow,
    trying: (work) => work(0),
    onQuarantined: () => {
      quarantined += 1;
    },
  };
  const reading = { types: projection.types, batchSize: options.batchSize ?? defaultBatchSize, signal };
  for await (const batch of reader.read(progress.checkpoint, reading)) {
    const due = until === undefined ? batch : batch.filter(({ position }) => position <= until);
    if (due.length > 0) progress = await advance(progress, due, context);
    events += due.length;
    if (due.length < batch.length) break;
  }
  signal?.throwIfAborted();
  return { checkpoint: progress.checkpoint, events, quarantined };
}
