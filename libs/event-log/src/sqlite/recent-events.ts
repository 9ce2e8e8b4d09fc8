// The events that were stored last, in memory: whoever follows the log closely need not have them read back.
import type { Follower, Stretch, WantedEvents } from '../page-stream.ts';
import type { Position, StoredEvent } from '../ports.ts';

const mostEvents = 4_096;
const mostBytes = 16 * 1024 * 1024;
/** Dropped events are let go of when there are this many. */
const mostDropped = 512;
/** What an event takes besides its payload, about; bytes. */
const bytesAround = 1_024;

export interface RecentEvents {
  /** Takes in what was stored, in order. What lies before a missing event is not kept any longer. */
  add(events: readonly StoredEvent[]): void;
  /** What follows right after the position, as far as it is kept; undefined when that is not kept. */
  after(wanted: WantedEvents): Stretch | undefined;
  /** Keeps what comes for a follower; what every follower has passed is let go. */
  follow(position: Position): Follower;
}

/** Positions of the log grow by one: an event's place follows from its position. */
export function keepRecentEvents(): RecentEvents {
  const kept: StoredEvent[] = [];
  const followers = new Set<Follower>();
  /** Those before it were dropped. */
  let first = 0;
  let bytes = 0;

  function forget(count: number): void {
    for (let dropped = 0; dropped < count; dropped += 1) bytes -= bytesOf(kept[first + dropped]!);
    first += count;
    if (first > mostDropped) {
      kept.splice(0, first);
      first = 0;
    }
  }

  function forgetPassed(): void {
    let passed = kept.at(-1)?.position ?? 0n;
    for (const { position } of followers) if (position < passed) passed = position;
    let count = 0;
    while (first + count < kept.length && kept[first + count]!.position <= passed) count += 1;
    forget(count);
  }

  return {
    add(events) {
      forgetPassed();
      for (const event of events) {
        const last = kept.at(-1);
        if (last && event.position !== last.position + 1n) forget(kept.length - first);
        kept.push(event);
        bytes += bytesOf(event);
        while (kept.length - first > mostEvents || bytes > mostBytes) forget(1);
      }
    },
    after({ after, until, types, limit }) {
      const oldest = kept[first];
      const newest = kept.at(-1);
      if (!oldest || !newest || after < oldest.position - 1n || after >= newest.position) return undefined;
      const events: StoredEvent[] = [];
      let scannedTo = after;
      for (let index = first + Number(after - oldest.position) + 1; index < kept.length; index += 1) {
        const event = kept[index]!;
        if (event.position > until || events.length === limit) break;
        scannedTo = event.position;
        if (!types || types.has(event.envelope.type)) events.push(event);
      }
      return { events, scannedTo };
    },
    follow(position) {
      const follower = { position, leave: () => followers.delete(follower) };
      followers.add(follower);
      return follower;
    },
  };
}

function bytesOf({ envelope }: StoredEvent): number {
  return envelope.payload.length + bytesAround;
}
