// What rate-limit needs of the world besides time, leases and the log.
import type { EventDraft } from '@waybill/event-log';
import type { Share } from './core/share-out.ts';

export interface Notices {
  /** Writes an event behind the answer; a failure is an alarm, never the caller's. */
  record(draft: EventDraft): void;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}

/** The shares of every limit that is shared out, by the limit's id. */
export type SharesOfLimits = Readonly<Record<string, readonly Share[]>>;

/** Where replicas agree on their shares. Throws a FaultError `unavailable` when it cannot be used now. */
export interface ShareBook {
  read(): Promise<{ readonly version: bigint; readonly shares: SharesOfLimits }>;
  /** False, with nothing written, when the version is another one by now. */
  write(version: bigint, shares: SharesOfLimits): Promise<boolean>;
}

/** What is counted of owning partitions. */
export interface Meters {
  owned(partitions: number): void;
  tookOver(partitions: number): void;
  sentElsewhere(): void;
}
