// What batches need of the world, and what a batch is when it comes in.
import type { Attribution, Call } from '@waybill/contracts';
import type { EventProducer, EventReader } from '@waybill/event-log';
import type { RunningProjection } from '@waybill/service';
import type { JourneyWorld } from '../usecases/call-under-way.ts';

type OfJourneys = Pick<
  JourneyWorld,
  | 'neighbours'
  | 'rank'
  | 'books'
  | 'settings'
  | 'clock'
  | 'digests'
  | 'sightings'
  | 'tell'
  | 'newId'
  | 'alarm'
  | 'reached'
  | 'answers'
>;

export interface BatchWorld extends OfJourneys {
  readonly producer: EventProducer;
  readonly events: Pick<EventReader, 'end'>;
  readonly readModel: RunningProjection;
  /** Batches that this process may be about to send. */
  readonly underWay: Set<string>;
}

/** One call of a batch, read and attributed. */
export interface IncomingEntry {
  /** The caller's own label, different from those of the other entries. */
  readonly customId: string;
  readonly call: Call;
  readonly bodyBytes: number;
}

export interface IncomingBatch {
  /** The dialect of its entries. */
  readonly dialect: string;
  /** The path that the entries would have come by one by one. */
  readonly endpoint: string;
  readonly attribution: Attribution;
  readonly entries: readonly IncomingEntry[];
  /** The caller's own bound on the cost of each entry. */
  readonly maxCostPicoUsd: bigint | undefined;
  /** A repeat under the same key gets the batch of the first. */
  readonly idempotencyKey: string | undefined;
  /** The file that it was made of. */
  readonly inputFileId?: string;
  /** The caller's own labels. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Resolves when the read model has everything that is in the log now. */
export async function catchUp({ readModel, events }: Pick<BatchWorld, 'readModel' | 'events'>): Promise<void> {
  await readModel.waitFor(await events.end());
}

/** In the order of the items, so many at a time. */
export async function inSteps<Item, Value>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  for (let begin = 0; begin < items.length; begin += atOnce) {
    values.push(...(await Promise.all(items.slice(begin, begin + atOnce).map(act))));
  }
  return values;
}
