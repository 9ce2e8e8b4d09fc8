// Reading and following a log page by page; the next page is fetched while the last one is being worked on.
import { FaultError, fault } from '@waybill/kernel';
import { beyondEnd } from '../log-faults.ts';
import type { Position, ReadOptions, StoredEvent } from '../ports.ts';
import { decodePage } from './envelope-bytes.ts';
import type { Page, ReadRequest } from './messages.ts';
import type { WorkerChannel } from './worker-channel.ts';

const eventsPerPage = 1_000;

export type PageSource = () => Promise<WorkerChannel<ReadRequest, Page>>;

/** Resolves when the log may hold events after the position, or the signal aborts. */
export type WaitBeyond = (position: Position, signal: AbortSignal | undefined) => Promise<void>;

interface Stretch {
  readonly events: readonly StoredEvent[];
  readonly scannedTo: Position;
}

export async function endOf(source: PageSource): Promise<Position> {
  const channel = await source();
  return (await channel.ask({ kind: 'end' })).scannedTo;
}

export async function readStream(source: PageSource, streamId: string): Promise<readonly StoredEvent[]> {
  const channel = await source();
  return decodePage(await channel.ask({ kind: 'stream', streamId }));
}

export async function* readBatches(source: PageSource, after: Position, options: ReadOptions = {}) {
  for await (const { events } of stretches(source, after, options)) {
    if (options.signal?.aborted) throw new FaultError(fault('cancelled', 'reading the event log was cancelled'));
    if (events.length > 0) yield events;
  }
}

export async function* followBatches(
  source: PageSource,
  waitBeyond: WaitBeyond,
  after: Position,
  options: ReadOptions = {},
) {
  let position = after;
  while (!options.signal?.aborted) {
    for await (const { events, scannedTo } of stretches(source, position, options)) {
      if (options.signal?.aborted) return;
      position = scannedTo;
      if (events.length > 0) yield events;
    }
    await waitBeyond(position, options.signal);
  }
}

async function* stretches(source: PageSource, after: Position, options: ReadOptions): AsyncGenerator<Stretch> {
  const channel = await source();
  const { scannedTo: until } = await channel.ask({ kind: 'end' });
  if (after > until) throw new FaultError(beyondEnd(after, until));
  const { types, batchSize = eventsPerPage } = options;
  const limit = Math.max(1, batchSize);
  const fetch = (from: Position) => {
    const page = channel.ask({ kind: 'page', after: from, until, types, limit });
    // A consumer may leave before it looks at the page that was fetched ahead.
    page.catch(() => undefined);
    return page;
  };
  let next = after < until ? fetch(after) : undefined;
  while (next) {
    const page: Page = await next;
    next = page.scannedTo < until ? fetch(page.scannedTo) : undefined;
    yield { events: decodePage(page), scannedTo: page.scannedTo };
  }
}
