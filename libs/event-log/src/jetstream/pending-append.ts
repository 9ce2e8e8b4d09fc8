// Appends of this process that the archive has not accounted for yet.
import type { ExpectedVersion } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import type { Verdict } from '../archive/verdicts.ts';
import { encodeDraft } from '../envelope-bytes.ts';
import { queueFull } from '../log-faults.ts';
import type { EventDraft, Position } from '../ports.ts';

export interface PendingEvent {
  readonly eventId: string;
  readonly streamId: string;
  readonly tenantId: string;
  readonly envelope: Buffer;
}

export interface PendingAppend {
  readonly events: readonly PendingEvent[];
  readonly expectedVersion: ExpectedVersion | undefined;
  /** Claims that somebody waits for the archive's verdict. */
  readonly needsVerdict: boolean;
  readonly sizeBytes: number;
  /** Claims that the stream has, or had, it. */
  isAcknowledged: boolean;
  /** Resolves with the position of its last event when the stream has it; rejects when it never will. */
  readonly durable: PromiseWithResolvers<Position>;
  /** Resolves when the archive has spoken. */
  readonly settled: PromiseWithResolvers<Verdict>;
}

/** Takes the event as it is now. Throws an `invalid` fault when a field is empty that every event has. */
export function pendingEvent(draft: EventDraft): PendingEvent {
  const { eventId, streamId, tenantId } = draft;
  return { eventId, streamId, tenantId, envelope: encodeDraft(draft) };
}

export interface AppendDemand {
  readonly expectedVersion?: ExpectedVersion | undefined;
  readonly needsVerdict: boolean;
}

export function pendingAppend(events: readonly PendingEvent[], demand: AppendDemand): PendingAppend {
  const { expectedVersion, needsVerdict } = demand;
  const sizeBytes = events.reduce((sum, { envelope }) => sum + envelope.length, 0);
  const durable = Promise.withResolvers<Position>();
  const settled = Promise.withResolvers<Verdict>();
  // Whoever waits has given up, perhaps.
  durable.promise.catch(() => undefined);
  return { events, expectedVersion, needsVerdict, sizeBytes, isAcknowledged: false, durable, settled };
}

export interface PendingAppends {
  /** Throws `unavailable` with detail `reason: queue_full` when there are too many. */
  add(append: PendingAppend): void;
  remove(append: PendingAppend): void;
  /** The one that writes the event. */
  of(eventId: string): PendingAppend | undefined;
  /** One that writes into the stream. */
  into(streamId: string): PendingAppend | undefined;
  all(): readonly PendingAppend[];
}

export function keepPendingAppends(maxBytes: number): PendingAppends {
  const appends = new Set<PendingAppend>();
  const byEventId = new Map<string, PendingAppend>();
  let bytes = 0;

  return {
    add(append) {
      if (bytes + append.sizeBytes > maxBytes && appends.size > 0) throw new FaultError(queueFull());
      bytes += append.sizeBytes;
      appends.add(append);
      for (const { eventId } of append.events) byEventId.set(eventId, append);
    },
    remove(append) {
      if (!appends.delete(append)) return;
      bytes -= append.sizeBytes;
      for (const { eventId } of append.events) if (byEventId.get(eventId) === append) byEventId.delete(eventId);
    },
    of: (eventId) => byEventId.get(eventId),
    all: () => [...appends],
    into: (streamId) => [...appends].find(({ events }) => events.some((event) => event.streamId === streamId)),
  };
}
