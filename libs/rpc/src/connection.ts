import type { Carrier } from './carrier.ts';
import type { Limits } from './limits.ts';

/** A carrier with a living connection behind it. */
export interface Connection extends Carrier<Uint8Array> {
  /** Calls it carries now. */
  readonly underWay: number;
  /** Claims that calls wait for it and nothing has come for a while. */
  readonly isSilent: boolean;
  /** Takes no more calls; closes when those under way have finished. */
  retire(): void;
  /** Closes at once. Calls have been ended before, or end as `unavailable`. */
  close(): void;
}

export interface ConnectionSettings {
  readonly limits: Limits;
  /** Told once when the connection is gone, unless it was retired or closed. */
  readonly onLost: () => void;
}

/**
 * Makes a connection; `onLost` is told once when it is gone, unless it was retired or closed. Throws `unavailable` when
 * the server cannot be reached in time.
 */
export type Dial = (place: Place, onLost: () => void) => Promise<Connection>;

/** Where a server is dialled. */
export interface Place {
  /** host:port, or unix:/path. */
  readonly address: string;
  /** The name that the address was found under. */
  readonly name?: string;
}

/** A server that does not answer for so long is given up; milliseconds. */
export const dialTimeoutMs = 3_000;
