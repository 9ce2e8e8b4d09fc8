// The port every event log stands behind. The contract suite in contract.ts says what an adapter must keep.
import type { Envelope } from '@waybill/contracts';

/** A place in the log. Positions grow; they need not be dense. 0n is before the first event. */
export type Position = bigint;

/** An event before it is written: the envelope without its producer stamp. */
export type EventDraft = Omit<Envelope, 'producer'>;

/** An event as stored. Several readers may be given the same object: nobody changes it, nor what is in it. */
export interface StoredEvent {
  readonly position: Position;
  readonly envelope: Envelope;
}

export interface AppendOptions {
  /**
   * The number of events the stream must hold before this append (0n: it must not exist). The append is refused with
   * a `conflict` fault (detail `reason: wrong_version`) otherwise, unless all of its events are stored already.
   */
  readonly expectedVersion?: { readonly streamId: string; readonly version: bigint };
  /**
   * The caller vouches that nobody else has ever used, or will use, the ids of these events. The append may then be
   * answered before it is known whether they were used all the same, and may come before earlier appends of this
   * producer for which nobody vouches. An event of it that turns out to be there with other content is kept aside,
   * with an alarm. Of no effect together with an expected version.
   */
  readonly fresh?: boolean;
}

export interface Appended {
  /** Position of the last event of the batch. */
  readonly position: Position;
  /**
   * How many of the batch were stored before: the same id with the same content. They are not stored again. Of an append
   * that is `fresh` an adapter may take all for new.
   */
  readonly duplicates: number;
}

/** Writes events under one producer id. One producer of an id is open at a time: opening starts a new epoch. */
export interface EventProducer {
  readonly producerId: string;
  readonly epoch: bigint;
  /**
   * Stores all events or none, in order, and resolves when they are durable. Concurrent appends share a commit.
   * Throws a FaultError: `conflict` when an id exists with other content (details `reason: other_content`, `event_id`)
   * or the expected version is wrong (nothing is stored, no number is used up), `unavailable` when the store cannot be
   * written, `conflict` with detail `reason: epoch_superseded` when a newer epoch of this producer was opened or
   * `epoch_closed` when this one was closed, `invalid` when an event has no id, type or stream.
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
  /**
   * Events after `after` up to the end at the time of the first step, in order, in batches. Throws a FaultError:
   * `conflict` with detail `reason: beyond_end` when `after` lies beyond the end (the position belongs to another log,
   * or this one lost its tail), `cancelled` when the signal aborts before the end is reached.
   */
  read(after: Position, options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;
  /** The events of one stream in order. */
  readStream(streamId: string): Promise<readonly StoredEvent[]>;
  /**
   * As `read`, but goes on with new events as they become durable. Never skips one. Returns when the signal aborts;
   * throws an `unavailable` fault when the log is closed.
   */
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
