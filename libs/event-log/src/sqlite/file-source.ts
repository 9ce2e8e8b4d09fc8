// What is read of a log in a file: the events at hand, and pages for the rest; the next page is fetched while the last
// one is being worked on.
import type { LogSource, Stretch, WantedEvents } from '../page-stream.ts';
import type { Position } from '../ports.ts';
import type { Page, ReadRequest } from './messages.ts';
import { decodePage } from './page-events.ts';
import type { RecentEvents } from './recent-events.ts';
import type { WorkerChannel } from './worker-channel.ts';

export interface OpenFile {
  pages(): Promise<WorkerChannel<ReadRequest, Page>>;
  /** The end, when it is known without asking. Throws when the log is closed. */
  knownEnd(): Position | undefined;
  /** What is at hand without asking; absent where nobody knows of new events. */
  readonly recent?: RecentEvents;
}

export function fileSource(file: OpenFile, waitBeyond: LogSource['waitBeyond']): LogSource {
  const end = () => endOf(file);
  return {
    end,
    readableTo: end,
    stretches: (wanted) => stretches(file, wanted),
    readStream: async (streamId) => decodePage(await (await file.pages()).ask({ kind: 'stream', streamId })),
    waitBeyond,
    ...(file.recent && { follow: file.recent.follow }),
  };
}

export async function endOf(file: OpenFile): Promise<Position> {
  return file.knownEnd() ?? (await (await file.pages()).ask({ kind: 'end' })).scannedTo;
}

async function* stretches(file: OpenFile, wanted: WantedEvents): AsyncGenerator<Stretch> {
  for (let position = wanted.after; position < wanted.until; ) {
    const atHand = file.recent?.after({ ...wanted, after: position });
    if (atHand) {
      position = atHand.scannedTo;
      yield atHand;
    } else {
      for await (const page of pages(file, { ...wanted, after: position })) {
        position = page.scannedTo;
        yield page;
      }
    }
  }
}

/** Pages up to the end, or to where the rest is at hand. */
async function* pages(file: OpenFile, { after, until, types, limit }: WantedEvents): AsyncGenerator<Stretch> {
  const channel = await file.pages();
  const fetch = (from: Position) => {
    const page = channel.ask({ kind: 'page', after: from, until, types: types && [...types], limit });
    // A consumer may leave before it looks at the page that was fetched ahead.
    page.catch(() => undefined);
    return page;
  };
  const isAtHand = (from: Position) => file.recent?.after({ after: from, until: from, types, limit: 0 }) !== undefined;
  let next: Promise<Page> | undefined = fetch(after);
  while (next) {
    const page: Page = await next;
    const { scannedTo } = page;
    next = scannedTo < until && !isAtHand(scannedTo) ? fetch(scannedTo) : undefined;
    yield { events: decodePage(page), scannedTo };
  }
}
