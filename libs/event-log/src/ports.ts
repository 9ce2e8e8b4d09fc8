// The port every event log stands behind. The contract suite in contract.ts says what an adapter must keep.
import type { Envelope } from '@waybill/contracts';

/** A place in the log. Positions grow; they need not be dense. 0n is before the first event. */
export type Position = bigint;

/** An event before it is written: the envelope without its producer stamp. */
export type EventDraft = Omit<Envelope, 'producer'>;

/** An event as stored. */
export interface StoredEvent {
  readonly position: Position;
  readonly envelope: Envelope;
}

export interface AppendOptions {
  /**
   * The number of events the stream must hold before this append (0n: it must not exist). The append is refused with
   * a `conflict` fault otherwise.
   */
  readonly expectedVersion?: { readonly streamId: string; readonly version: bigint };
}

export interface Appended {
  /** Position of the last event of the batch. */
  readonly position: Position;
  /** How many of the batch were stored before: the same id with the same content. They are not stored again. */
  readonly duplicates: number;
}

/** Writes events under one producer id. One producer of an id is open at a time: opening starts a new epoch. */
export interface EventProducer {
  readonly producerId: string;
  readonly epoch: bigint;
  /**
   * Stores all events or none, in order, and resolves when they are durable. Concurrent appends share a commit.
   * Throws a FaultError: `conflict` when an id exists with other content or the expected version is wrong (nothing is
   * stored, no number is used up), `unavailable` when the store cannot be written, `conflict` with detail
   * `reason: epoch_superseded` when a newer epoch of this producer was opened.
   */
  append(events: readonly EventDraft[], options?: AppendOptions): Promise<Appended>;
  /** Writes ProducerEpochClosed after everything in flight. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Only events of these types (full names); all when absent. */
  readonly types?: readonly string[];
  /** Events per batch at most; the adapter's choice when absent. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

export interface EventReader {
  /** Events after `after` up to the end at the time of the call, in order, in batches. */
  read(after: Position, options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;
  /** The events of one stream in order. */
  readStream(streamId: string): Promise<readonly StoredEvent[]>;
  /** As `read`, but goes on with new events as they become durable, until the signal aborts. Never skips one. */
  subscribe(after: Position, options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;
  /** Position of the last durable event; 0n when there is none. */
  end(): Promise<Position>;
}

export interface EventLog extends EventReader {
  /** Starts a new epoch of the producer and writes ProducerEpochOpened. */
  openProducer(producerId: string): Promise<EventProducer>;
  /** Finishes what is in flight and lets go of the store. */
  close(): Promise<void>;
}
