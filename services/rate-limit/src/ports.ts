// What rate-limit needs of the world besides time.
import type { EventDraft } from '@waybill/event-log';

export interface Notices {
  /** Writes events behind the answer; a failure is an alarm, never the caller's. */
  record(drafts: readonly EventDraft[]): void;
  alarm(alarm: string, details: Readonly<Record<string, unknown>>): void;
}
