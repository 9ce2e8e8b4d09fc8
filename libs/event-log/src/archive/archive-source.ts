// What is read of the archive; the next page is fetched while the last one is being worked on.
import { mongoFault } from '@waybill/mongodb';
import type { BatchBody } from '../batch-body.ts';
import { decodeBatch, eventsOf } from '../batch-body.ts';
import type { LogSource, Stretch, WantedEvents } from '../page-stream.ts';
import type { Position, StoredEvent } from '../ports.ts';
import { sequenceOf } from '../positions.ts';
import type { ArchiveCollections, BatchDocument } from './archive-documents.ts';
import type { ArchiveWatch } from './archive-watch.ts';
import { bytesOf } from './archive-writer.ts';

const batchesPerPage = 16;
/** Batches whose events are kept, for others who read them at about the same time. */
const decodedBatches = 32;

export interface ArchiveReading {
  readonly collections: ArchiveCollections;
  readonly watch: ArchiveWatch;
  /** Resolves with the end of the log when the archive holds everything up to it. */
  end(): Promise<Position>;
}

export function archiveSource({ collections, watch, end }: ArchiveReading): LogSource {
  const decode = createDecoder();
  const fetch = (wanted: WantedEvents) => fetchPage(collections, decode, wanted);
  return {
    end,
    readableTo: async () => (await watch.known()).end,
    stretches: (wanted) => stretches(fetch, wanted),
    async readStream(streamId) {
      await end();
      return readStream(collections, decode, streamId);
    },
    waitBeyond: watch.beyond,
  };
}

interface Page {
  readonly events: readonly StoredEvent[];
  readonly scannedTo: Position;
}

/** Full stretches as long as there is more to come, whatever the pages bring. */
async function* stretches(
  fetch: (wanted: WantedEvents) => Promise<Page>,
  wanted: WantedEvents,
): AsyncGenerator<Stretch> {
  const { after, until, types, limit } = wanted;
  if (after >= until) return;
  if (types?.size === 0) {
    yield { events: [], scannedTo: until };
    return;
  }
  const fetchAfter = (position: Position) => {
    const page = fetch({ ...wanted, after: position });
    // A consumer may leave before it looks at the page that was fetched ahead.
    page.catch(() => undefined);
    return page;
  };
  let held: readonly StoredEvent[] = [];
  for (let next: Promise<Page> | undefined = fetchAfter(after); next; ) {
    const { events, scannedTo }: Page = await next;
    next = scannedTo < until ? fetchAfter(scannedTo) : undefined;
    held = [...held, ...events];
    while (held.length >= limit) {
      const some = held.slice(0, limit);
      held = held.slice(limit);
      yield { events: some, scannedTo: some.at(-1)!.position };
    }
  }
  yield { events: held, scannedTo: until };
}

type Decode = (document: BatchDocument) => Promise<readonly StoredEvent[]>;

async function fetchPage({ batches }: ArchiveCollections, decode: Decode, wanted: WantedEvents): Promise<Page> {
  const { after, until, types } = wanted;
  const where = {
    _id: { $gte: sequenceOf(after), $lte: sequenceOf(until) },
    last_position: { $gt: after },
    ...(types && { types: { $in: [...types] } }),
  };
  try {
    const documents = await batches.find(where).sort({ _id: 1 }).limit(batchesPerPage).toArray();
    const decoded = await Promise.all(documents.map(decode));
    const isWanted = ({ position, envelope }: StoredEvent) =>
      position > after && position <= until && (!types || types.has(envelope.type));
    const events = decoded.flatMap((some) => some.filter(isWanted));
    const isLast = documents.length < batchesPerPage;
    return { events, scannedTo: isLast ? until : least(until, documents.at(-1)!.last_position) };
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be read');
  }
}

function least(one: Position, other: Position): Position {
  return one < other ? one : other;
}

async function readStream(
  { batches, events }: ArchiveCollections,
  decode: Decode,
  streamId: string,
): Promise<StoredEvent[]> {
  try {
    const found = await events.find({ stream_id: streamId }).sort({ position: 1 }).toArray();
    const sequences = [...new Set(found.map(({ position }) => sequenceOf(position)))];
    const documents = await batches.find({ _id: { $in: sequences } }).toArray();
    const decoded = (await Promise.all(documents.map(decode))).flat();
    const byPosition = new Map(decoded.map((event) => [event.position, event]));
    return found.flatMap(({ position }) => byPosition.get(position) ?? []);
  } catch (thrown) {
    throw mongoFault(thrown, 'the event archive cannot be read');
  }
}

/** Decodes a batch once for all who read it at about the same time. */
function createDecoder(): Decode {
  const kept = new Map<bigint, Promise<readonly StoredEvent[]>>();
  return (document) => {
    const before = kept.get(document._id);
    if (before) return before;
    const decoding = decodeDocument(document);
    kept.set(document._id, decoding);
    decoding.catch(() => kept.delete(document._id));
    if (kept.size > decodedBatches) kept.delete(kept.keys().next().value!);
    return decoding;
  };
}

async function decodeDocument({ _id, encoding, body, skipped }: BatchDocument): Promise<readonly StoredEvent[]> {
  return eventsOf(await decodeBatch(bodyOf({ encoding, body })), _id, skipped);
}

function bodyOf({ encoding, body }: Pick<BatchDocument, 'encoding' | 'body'>): BatchBody {
  return { encoding, bytes: bytesOf(body) };
}
