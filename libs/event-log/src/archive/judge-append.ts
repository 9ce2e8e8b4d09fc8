// Whether the events of an append may be stored together, and which of them are new.
import type { ExpectedVersion } from '@waybill/contracts';
import type { Fault } from '@waybill/kernel';
import { otherContent, wrongVersion } from '../log-faults.ts';

export interface KnownEvent {
  readonly position: bigint;
  readonly digest: Buffer;
}

export interface StoredBefore {
  readonly events: ReadonlyMap<string, KnownEvent>;
  /** Events of the stream that the append expects a version of. */
  readonly versions: ReadonlyMap<string, bigint>;
}

export interface JudgedAppend {
  readonly events: readonly { readonly eventId: string; readonly digest: Buffer }[];
  readonly expectedVersion?: ExpectedVersion | undefined;
}

export interface Judgement {
  /** Places in the append of the events that are new. */
  readonly newPlaces: ReadonlySet<number>;
  /** Why nothing of it may be stored. */
  readonly fault?: Fault;
}

export function judgeAppend(stored: StoredBefore, { events, expectedVersion }: JudgedAppend): Judgement {
  const newPlaces = new Set<number>();
  const own = new Map<string, Buffer>();
  for (const [place, { eventId, digest }] of events.entries()) {
    const before = stored.events.get(eventId)?.digest ?? own.get(eventId);
    if (before && !before.equals(digest)) return { newPlaces, fault: otherContent(eventId) };
    if (!before) newPlaces.add(place);
    own.set(eventId, digest);
  }
  if (expectedVersion && newPlaces.size > 0) {
    const actual = stored.versions.get(expectedVersion.streamId) ?? 0n;
    if (actual !== expectedVersion.version) return { newPlaces, fault: wrongVersion(expectedVersion, actual) };
  }
  return { newPlaces };
}
