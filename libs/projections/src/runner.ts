// Keeps a read model up to date with the log, for as long as its service runs.
import type { EventReader, Position, StoredEvent } from '@waybill/event-log';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import { defaultBatchSize, defaultMaxPoisonInRow } from './catch-up.ts';
import { paceOf } from './pace.ts';
import type { Projection, ProjectionPartition, ProjectionStore, QuarantinedEvent } from './ports.ts';
import { positionWaiters } from './position-waiters.ts';
import { type Advance, advance, type Progress, storedProgress } from './progress.ts';
import { type RetryOptions, retrying } from './retry.ts';

/** Where the runner says what it meets; a pino logger fits. */
export interface RunnerLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Told of a batch before it is folded in; what it returns is told once when the batch is durable, or of what failed. */
export type BatchObserver = (batch: readonly StoredEvent[]) => (failure?: Fault) => void;

export interface RunProjectionOptions {
  readonly projection: Projection;
  readonly reader: EventReader;
  readonly store: ProjectionStore;
  /** Ends the run in good order. */
  readonly signal?: AbortSignal;
  readonly log?: RunnerLog;
  /** Something an operator has to see: `projection_event_quarantined`, once for each event. */
  readonly onAlarm?: (alarm: string, details: Readonly<Record<string, unknown>>) => void;
  readonly observe?: BatchObserver | undefined;
  /** Events per commit at most; 1,000 when absent. */
  readonly batchSize?: number;
  /** Poison events in a row that are put in quarantine before the run stops; 100 when absent. */
  readonly maxPoisonInRow?: number;
  /**
   * Rest after a commit of less than a full batch, milliseconds, so that the next one has more to do; 100 when absent.
   * Whoever waits for a position cuts it short.
   */
  readonly restMs?: number;
  /** Wait before a failed step is tried again, milliseconds; doubles up to a hundred times as much. 50 when absent. */
  readonly retryDelayMs?: number;
}

export interface ProjectionRun {
  readonly partition: ProjectionPartition;
  /** Everything up to here is folded in and durable. */
  position(): Position;
  /**
   * Resolves when every event up to the position that the projection wants is folded in. The position is one that the
   * log has given out. Rejects when the run ends before.
   */
  waitFor(position: Position): Promise<void>;
  /** How many events that the projection wants are not folded in yet; counted up to 1,000. */
  lag(): Promise<number>;
  /**
   * Resolves when the signal has ended the run. Rejects with a FaultError when the run stopped by itself: `conflict`
   * when another writer moved the checkpoint, `internal` when too many events in a row were poison. Handle it.
   */
  readonly done: Promise<void>;
}

/**
 * Opens the projection's version and follows the log from its checkpoint, one commit a batch. Throws what the store
 * throws, and a `conflict` fault when the log ends before the checkpoint: events were lost, or it is another log.
 */
export async function runProjection(options: RunProjectionOptions): Promise<ProjectionRun> {
  const { projection, reader, store, signal } = options;
  const partition = await store.open(projection);
  let progress = await storedProgress(partition);
  await refuseShortLog(projection, reader, progress.checkpoint);
  const waiters = positionWaiters(progress.checkpoint);
  const context = advanceContext(options, partition);
  const reading = { types: projection.types, batchSize: options.batchSize ?? defaultBatchSize, signal };
  const pace = paceOf(options.restMs ?? 100, signal);
  const follow = async () => {
    for await (const batch of reader.subscribe(progress.checkpoint, reading)) {
      if (batch.length === 0) continue;
      progress = await observed(batch, options.observe, () => advance(progress, batch, context));
      waiters.reached(progress.checkpoint);
      if (batch.length < reading.batchSize && !waiters.waiting()) await pace.rest();
    }
  };
  const done = retrying(follow, retryOptions(options)).catch((thrown: unknown) => {
    if (!signal?.aborted) throw thrown;
  });
  done.then(
    () => waiters.end(new FaultError(fault('cancelled', `projection ${projection.name} was stopped`))),
    (thrown: unknown) => waiters.end(new FaultError(faultOf(thrown))),
  );
  return {
    partition,
    position: () => progress.checkpoint,
    async waitFor(position) {
      const reached = waiters.until(await lastWanted(projection, reader, progress.checkpoint, position));
      pace.hurry();
      await reached;
    },
    lag: () => countWanted(projection, reader, progress.checkpoint),
    done,
  };
}

async function observed(
  batch: readonly StoredEvent[],
  observe: BatchObserver | undefined,
  work: () => Promise<Progress>,
): Promise<Progress> {
  const ended = observe?.(batch);
  try {
    const progress = await work();
    ended?.();
    return progress;
  } catch (thrown) {
    ended?.(faultOf(thrown));
    throw thrown;
  }
}

function advanceContext(options: RunProjectionOptions, partition: ProjectionPartition): Advance {
  const { projection, onAlarm } = options;
  const retry = retryOptions(options);
  return {
    projection,
    partition,
    maxPoisonInRow: options.maxPoisonInRow ?? defaultMaxPoisonInRow,
    trying: (work) => retrying(work, retry),
    onQuarantined: ({ position, eventId, type, reason }: QuarantinedEvent) => {
      const details = { projection: projection.name, version: projection.version, position, eventId, type, reason };
      onAlarm?.('projection_event_quarantined', details);
    },
  };
}

function retryOptions({ projection, signal, log, retryDelayMs = 50 }: RunProjectionOptions): RetryOptions {
  return {
    signal,
    firstDelayMs: retryDelayMs,
    onFailure: (failure, delayMs) =>
      log?.warn({ projection: projection.name, err: failure, delayMs }, 'a projection waits and tries again'),
  };
}

async function refuseShortLog({ name }: Projection, reader: EventReader, checkpoint: Position): Promise<void> {
  const end = await reader.end();
  if (end >= checkpoint) return;
  const message = `the log ends at ${end}, before the checkpoint ${checkpoint} of projection ${name}: events are missing`;
  throw new FaultError(fault('conflict', message, { details: { projection: name, reason: 'short_log' } }));
}

/** The last event up to the position that the projection wants, or the checkpoint when there is none after it. */
export async function lastWanted(
  projection: Projection,
  reader: EventReader,
  checkpoint: Position,
  position: Position,
): Promise<Position> {
  let last = checkpoint;
  if (position <= checkpoint) return last;
  for await (const batch of reader.read(checkpoint, { types: projection.types })) {
    for (const event of batch) {
      if (event.position > position) return last;
      last = event.position;
    }
  }
  return last;
}

const maxCounted = 1_000;

/** How many events after the checkpoint the projection wants; counted up to 1,000. */
export async function countWanted(projection: Projection, reader: EventReader, checkpoint: Position): Promise<number> {
  let count = 0;
  for await (const batch of reader.read(checkpoint, { types: projection.types, batchSize: maxCounted })) {
    count += batch.length;
    if (count >= maxCounted) return maxCounted;
  }
  return count;
}
