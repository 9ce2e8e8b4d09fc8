// Reading and following a log page by page; the next page is fetched while the last one is being worked on.
import { FaultError, fault } from '@waybill/kernel';
import { beyondEnd } from '../log-faults.ts';
import type { Position, ReadOptions, StoredEvent } from '../ports.ts';
import { decodePage } from './envelope-bytes.ts';
import type { Page, ReadRequest } from './messages.ts';
import type { RecentEvents, Stretch, WantedEvents } from './recent-events.ts';
import type { WorkerChannel } from './worker-channel.ts';

const eventsPerPage = 1_000;

/** Where a log is read from. */
export interface LogSource {
  pages(): Promise<WorkerChannel<ReadRequest, Page>>;
  /** The end, when it is known without asking. Throws when the log is closed. */
  knownEnd(): Position | undefined;
  /** What is at hand without asking; absent where nobody knows of new events. */
  readonly recent?: RecentEvents;
}

/** Resolves when the log may hold events after the position, or the signal aborts. */
export type WaitBeyond = (position: Position, signal: AbortSignal | undefined) => Promise<void>;

export async function endOf(source: LogSource): Promise<Position> {
  return source.knownEnd() ?? (await (await source.pages()).ask({ kind: 'end' })).scannedTo;
}

export async function readStream(source: LogSource, streamId: string): Promise<readonly StoredEvent[]> {
  const channel = await source.pages();
  return decodePage(await channel.ask({ kind: 'stream', streamId }));
}

export async function* readBatches(source: LogSource, after: Position, options: ReadOptions = {}) {
  for await (const { events } of stretches(source, after, options)) {
    if (options.signal?.aborted) throw new FaultError(fault('cancelled', 'reading the event log was cancelled'));
    if (events.length > 0) yield events;
  }
}

export async function* followBatches(
  source: LogSource,
  waitBeyond: WaitBeyond,
  after: Position,
  options: ReadOptions = {},
) {
  const follower = source.recent?.follow(after) ?? { position: after, leave: () => undefined };
  try {
    while (!options.signal?.aborted) {
      for await (const { events, scannedTo } of stretches(source, follower.position, options)) {
        if (options.signal?.aborted) return;
        follower.position = scannedTo;
        if (events.length > 0) yield events;
      }
      await waitBeyond(follower.position, options.signal);
    }
  } finally {
    follower.leave();
  }
}

async function* stretches(source: LogSource, after: Position, options: ReadOptions): AsyncGenerator<Stretch> {
  const until = await endOf(source);
  if (after > until) throw new FaultError(beyondEnd(after, until));
  const types = options.types && new Set(options.types);
  const limit = Math.max(1, options.batchSize ?? eventsPerPage);
  for (let position = after; position < until; ) {
    const atHand = source.recent?.after({ after: position, until, types, limit });
    if (atHand) {
      position = atHand.scannedTo;
      yield atHand;
    } else {
      for await (const page of pages(source, { after: position, until, types, limit })) {
        position = page.scannedTo;
        yield page;
      }
    }
  }
}

/** Pages up to the end, or to where the rest is at hand. */
async function* pages(source: LogSource, { after, until, types, limit }: WantedEvents): AsyncGenerator<Stretch> {
  const channel = await source.pages();
  const fetch = (from: Position) => {
    const page = channel.ask({ kind: 'page', after: from, until, types: types && [...types], limit });
    // A consumer may leave before it looks at the page that was fetched ahead.
    page.catch(() => undefined);
    return page;
  };
  const isAtHand = (from: Position) =>
    source.recent?.after({ after: from, until: from, types, limit: 0 }) !== undefined;
  let next: Promise<Page> | undefined = fetch(after);
  while (next) {
    const page: Page = await next;
    const { scannedTo } = page;
    next = scannedTo < until && !isAtHand(scannedTo) ? fetch(scannedTo) : undefined;
    yield { events: decodePage(page), scannedTo };
  }
}
