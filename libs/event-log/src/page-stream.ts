// Reading and following a log stretch by stretch, the same whichever adapter the stretches come from.
import { FaultError, fault } from '@waybill/kernel';
import { beyondEnd } from './log-faults.ts';
import type { EventReader, Position, ReadOptions, StoredEvent } from './ports.ts';

const eventsPerStretch = 1_000;

/** Some events of a log, and how far the log was looked through for them. */
export interface Stretch {
  readonly events: readonly StoredEvent[];
  /** Everything that was asked for up to here is among the events. */
  readonly scannedTo: Position;
}

export interface WantedEvents {
  readonly after: Position;
  /** Not beyond what can be read. */
  readonly until: Position;
  /** All types when absent. */
  readonly types: ReadonlySet<string> | undefined;
  /** Events in a stretch at most. */
  readonly limit: number;
}

/** One who reads closely behind the end. */
export interface Follower {
  /** Everything up to here has been given to it. */
  position: Position;
  leave(): void;
}

/** Where a log is read from. Everything throws when the log is closed. */
export interface LogSource {
  /** The end of the log; everything up to it can be read when this resolves. */
  end(): Promise<Position>;
  /** How far can be read at once: the end, or not yet. */
  readableTo(): Promise<Position>;
  /** What is wanted, in order, the last stretch scanned to `until`. */
  stretches(wanted: WantedEvents): AsyncIterable<Stretch>;
  /** The events of one stream in order. */
  readStream(streamId: string): Promise<readonly StoredEvent[]>;
  /** Resolves when there may be something to read after the position, or the signal aborts. */
  waitBeyond(position: Position, signal: AbortSignal | undefined): Promise<void>;
  /** Present where it helps to know of the followers. */
  follow?(position: Position): Follower;
}

/** A reader's side of the port. */
export function eventReader(source: LogSource): EventReader {
  return {
    read: (after, options) => readBatches(source, after, options),
    readStream: source.readStream,
    subscribe: (after, options) => followBatches(source, after, options),
    end: source.end,
  };
}

async function* readBatches(source: LogSource, after: Position, options: ReadOptions = {}) {
  const until = await source.end();
  if (after > until) throw new FaultError(beyondEnd(after, until));
  for await (const { events } of source.stretches(wantedOf(after, until, options))) {
    if (options.signal?.aborted) throw new FaultError(fault('cancelled', 'reading the event log was cancelled'));
    if (events.length > 0) yield events;
  }
}

async function* followBatches(source: LogSource, after: Position, options: ReadOptions = {}) {
  await refuseBeyondEnd(source, after);
  const follower = source.follow?.(after) ?? { position: after, leave: () => undefined };
  try {
    while (!options.signal?.aborted) {
      const until = await source.readableTo();
      for await (const { events, scannedTo } of source.stretches(wantedOf(follower.position, until, options))) {
        if (options.signal?.aborted) return;
        follower.position = scannedTo;
        if (events.length > 0) yield events;
      }
      await source.waitBeyond(follower.position, options.signal);
    }
  } finally {
    follower.leave();
  }
}

async function refuseBeyondEnd(source: LogSource, after: Position): Promise<void> {
  if (after <= (await source.readableTo())) return;
  const end = await source.end();
  if (after > end) throw new FaultError(beyondEnd(after, end));
}

function wantedOf(after: Position, until: Position, { types, batchSize }: ReadOptions): WantedEvents {
  return { after, until, types: types && new Set(types), limit: Math.max(1, batchSize ?? eventsPerStretch) };
}
