// Proves a live read model: folds the log from its start in memory and compares every document.
import type { EventReader, Position } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { catchUp } from './catch-up.ts';
import { encodeDocument } from './document-text.ts';
import { memoryProjectionStore } from './memory-store.ts';
import type {
  Document,
  DocumentKey,
  Projection,
  ProjectionPartition,
  ProjectionStore,
  QuarantinedEvent,
} from './ports.ts';

export interface CompareOptions {
  readonly projection: Projection;
  readonly reader: EventReader;
  readonly store: ProjectionStore;
  /** Differences told at most; 100 when absent. */
  readonly limit?: number;
}

export interface Difference extends DocumentKey {
  /** Undefined when there is none. */
  readonly live: Document | undefined;
  readonly rebuilt: Document | undefined;
}

export interface Comparison {
  /** Both are folded up to here. */
  readonly checkpoint: Position;
  /** Documents the rebuild came to. */
  readonly documents: number;
  /** The first differences. */
  readonly differences: readonly Difference[];
  /** How many there are in all. */
  readonly differenceCount: number;
  /** Positions that only one of the two has in quarantine. */
  readonly quarantineDifferences: readonly Position[];
}

/**
 * Compares the live documents of the projection's version with a rebuild up to the live checkpoint. The live ones may
 * go on changing meanwhile: what differs is looked at again, with the rebuild brought up to the same checkpoint.
 * Throws `unavailable` when the live checkpoint never holds still.
 */
export async function compareWithRebuild(options: CompareOptions): Promise<Comparison> {
  const { projection, reader, store, limit = 100 } = options;
  const live = await store.open(projection);
  const rebuilt = await memoryProjectionStore().open(projection);
  const bring = async (until: Position) => {
    await catchUp({ projection, reader, partition: rebuilt, until, maxPoisonInRow: Number.POSITIVE_INFINITY });
  };
  await bring(await live.checkpoint());
  const { suspects, documents } = await findSuspects(projection, live, rebuilt);
  const { checkpoint, differences, quarantineDifferences } = await lookAgain(suspects, live, rebuilt, bring);
  return {
    checkpoint,
    documents,
    differences: differences.slice(0, limit),
    differenceCount: differences.length,
    quarantineDifferences,
  };
}

const pageSize = 1_000;

async function findSuspects(projection: Projection, live: ProjectionPartition, rebuilt: ProjectionPartition) {
  const suspects: DocumentKey[] = [];
  let documents = 0;
  for (const { name: collection } of projection.collections) {
    const expected = new Map((await rebuilt.find(collection)).map(({ key, document }) => [key, document]));
    documents += expected.size;
    for await (const { key, document } of documentsOf(live, collection)) {
      if (!same(document, expected.get(key))) suspects.push({ collection, key });
      expected.delete(key);
    }
    for (const key of expected.keys()) suspects.push({ collection, key });
  }
  return { suspects, documents };
}

async function* documentsOf(partition: ProjectionPartition, collection: string) {
  let afterKey: string | undefined;
  for (;;) {
    const page = await partition.find(collection, { limit: pageSize, ...(afterKey === undefined ? {} : { afterKey }) });
    yield* page;
    if (page.length < pageSize) return;
    afterKey = page.at(-1)!.key;
  }
}

const maxLooks = 50;

/** Compares the suspects at one and the same checkpoint of both. */
async function lookAgain(
  suspects: readonly DocumentKey[],
  live: ProjectionPartition,
  rebuilt: ProjectionPartition,
  bring: (until: Position) => Promise<void>,
) {
  for (let look = 0; look < maxLooks; look += 1) {
    const [checkpoint, documents, quarantine, after] = await Promise.all([
      live.checkpoint(),
      live.getMany(suspects),
      live.quarantine(),
      live.checkpoint(),
    ]);
    if (checkpoint !== after) continue;
    await bring(checkpoint);
    const expected = await rebuilt.getMany(suspects);
    const pairs = suspects.map((key, index) => ({ ...key, live: documents[index], rebuilt: expected[index] }));
    const differences: Difference[] = pairs.filter((pair) => !same(pair.live, pair.rebuilt));
    const quarantineDifferences = onlyInOne(quarantine, await rebuilt.quarantine());
    return { checkpoint, differences, quarantineDifferences };
  }
  throw new FaultError(fault('unavailable', 'the live documents never held still for a comparison'));
}

function onlyInOne(one: readonly QuarantinedEvent[], other: readonly QuarantinedEvent[]): Position[] {
  const missingIn = (events: readonly QuarantinedEvent[]) => {
    const positions = new Set(events.map(({ position }) => position));
    return ({ position }: QuarantinedEvent) => !positions.has(position);
  };
  return [...one.filter(missingIn(other)), ...other.filter(missingIn(one))].map(({ position }) => position);
}

function same(one: Document | undefined, other: Document | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return encodeDocument(one) === encodeDocument(other);
}
