/** What a transport allows itself and its peers. */
export interface Limits {
  /** The largest message, sent or received, bytes. */
  readonly messageBytesMax: number;
  /** HTTP/2 streams a peer may have open on one connection; more of them wait. */
  readonly concurrentStreamsMax: number;
  /** Calls under way on one multiplexed stream; more of them are refused as `unavailable`. */
  readonly concurrentCallsMax: number;
  /** Messages of a streamed answer that may be under way to a slow reader. */
  readonly streamWindow: number;
}

export const defaultLimits: Limits = {
  messageBytesMax: 16 * 1024 * 1024,
  concurrentStreamsMax: 10_000,
  concurrentCallsMax: 10_000,
  streamWindow: 32,
};

/** When a call is given up that names no time of its own, milliseconds. */
export interface Timeouts {
  readonly unaryMs: number;
  readonly streamMs: number;
}

export const defaultTimeouts: Timeouts = { unaryMs: 30_000, streamMs: 900_000 };
