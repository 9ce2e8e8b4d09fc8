// What the main thread and the two worker threads say to each other.
import type { Fault } from '@waybill/kernel';
import type { Appended, Position } from '../ports.ts';

/** `power`: acknowledged events survive a power cut. `process`: they survive the death of the process only. */
export type Durability = 'power' | 'process';

export interface WriterSetup {
  readonly file: string;
  readonly durability: Durability;
}

export interface ReaderSetup {
  readonly file: string;
}

/** One event to store; its bytes lie at `start` to `end` of the batch's envelopes, without a producer stamp. */
export interface EventRow {
  readonly eventId: string;
  readonly streamId: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** How far a producer has come. */
export interface ProducerStanding {
  readonly epoch: bigint;
  readonly lastNumber: bigint;
}

export interface AppendRequest {
  readonly producerId: string;
  readonly epoch: bigint;
  /** Present when this append opens the epoch: it is stored only if the producer still stands there. */
  readonly opensAfter?: ProducerStanding | undefined;
  readonly expectedVersion?: { readonly streamId: string; readonly version: bigint } | undefined;
  readonly rows: readonly EventRow[];
}

/** Everything that goes into one commit. */
export interface WriteBatch {
  readonly requests: readonly AppendRequest[];
  readonly envelopes: Uint8Array<ArrayBuffer>;
}

export type WriteOutcome =
  /** `lastNumber` is the number of the last new event. */
  | { readonly kind: 'stored'; readonly appended: Appended; readonly lastNumber: bigint }
  | { readonly kind: 'refused'; readonly fault: Fault }
  /** `opensAfter` was wrong; this is where the producer stands. */
  | { readonly kind: 'standing'; readonly standing: ProducerStanding };

export interface WriteAnswer {
  /** One for each request, in order. */
  readonly outcomes: readonly WriteOutcome[];
  /** Position of the last durable event. */
  readonly end: Position;
}

export type ReadRequest =
  | { readonly kind: 'end' }
  | { readonly kind: 'stream'; readonly streamId: string }
  | {
      readonly kind: 'page';
      readonly after: Position;
      /** Not beyond the end. */
      readonly until: Position;
      readonly types: readonly string[] | undefined;
      readonly limit: number;
    };

/** Some events in order, their envelopes one after the other in one buffer. */
export interface Page {
  readonly positions: BigInt64Array;
  readonly lengths: Uint32Array;
  readonly envelopes: Uint8Array<ArrayBuffer>;
  /** The page holds everything that was asked for up to here; of the request for the end, the end. */
  readonly scannedTo: Position;
}
