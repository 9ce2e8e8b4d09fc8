// Folds a batch of events into documents. What an event did before it threw is forgotten.
import { Envelope } from '@waybill/contracts';
import type { StoredEvent } from '@waybill/event-log';
import type { DocumentKey, DocumentWrite, Projection, ProjectionPartition, QuarantinedEvent } from './ports.ts';
import { batchDocuments, type EventDocuments, type LoadedDocument } from './working-set.ts';

export interface FoldedBatch {
  /** Events taken in, poison included; fewer than given when the fold halted. */
  readonly taken: readonly StoredEvent[];
  readonly writes: readonly DocumentWrite[];
  readonly quarantined: readonly QuarantinedEvent[];
  /** How many of the last events in a row were poison. */
  readonly poisonInRow: number;
  /** One poison event more than is allowed in a row came up. */
  readonly halted: boolean;
}

export interface FoldLimits {
  /** Poison events in a row right before this batch. */
  readonly poisonInRow: number;
  readonly maxPoisonInRow: number;
}

/** An event with the documents it looks at, or with why it is poison. */
interface PlannedEvent {
  readonly event: StoredEvent;
  readonly reads: readonly DocumentKey[];
  readonly poison?: string;
}

/** Says which documents the events look at. */
export function planBatch(projection: Projection, events: readonly StoredEvent[]): readonly PlannedEvent[] {
  return events.map((event) => {
    try {
      return { event, reads: projection.reads(event) };
    } catch (thrown) {
      return { event, reads: [], poison: reasonOf(thrown) };
    }
  });
}

/** Loads every document that a planned event looks at, each once. */
export async function loadPlanned(
  partition: Pick<ProjectionPartition, 'getMany'>,
  planned: readonly PlannedEvent[],
): Promise<readonly LoadedDocument[]> {
  const wanted: DocumentKey[] = [];
  const known = new Map<string, Set<string>>();
  for (const { reads } of planned) {
    for (const read of reads) {
      const keys = known.get(read.collection) ?? new Set();
      if (keys.has(read.key)) continue;
      known.set(read.collection, keys.add(read.key));
      wanted.push(read);
    }
  }
  if (wanted.length === 0) return [];
  const documents = await partition.getMany(wanted);
  return wanted.map(({ collection, key }, index) => ({ collection, key, document: documents[index] }));
}

/** Folds the planned events in, in order. */
export function foldBatch(
  projection: Projection,
  planned: readonly PlannedEvent[],
  loaded: readonly LoadedDocument[],
  limits: FoldLimits,
): FoldedBatch {
  const documents = batchDocuments(projection.collections, loaded);
  const taken: StoredEvent[] = [];
  const quarantined: QuarantinedEvent[] = [];
  let { poisonInRow } = limits;
  for (const { event, reads, poison } of planned) {
    const reason = poison ?? applyEvent(projection, event, documents.forEvent(reads));
    if (reason !== undefined && poisonInRow >= limits.maxPoisonInRow) {
      return { taken, writes: documents.writes(), quarantined, poisonInRow, halted: true };
    }
    poisonInRow = reason === undefined ? 0 : poisonInRow + 1;
    if (reason !== undefined) quarantined.push(quarantinedEvent(event, reason));
    taken.push(event);
  }
  return { taken, writes: documents.writes(), quarantined, poisonInRow, halted: false };
}

/** Why the event is poison; undefined when it went in. */
function applyEvent(projection: Projection, event: StoredEvent, documents: EventDocuments): string | undefined {
  try {
    projection.apply(event, documents);
  } catch (thrown) {
    return reasonOf(thrown);
  }
  documents.keep();
  return undefined;
}

function quarantinedEvent({ position, envelope }: StoredEvent, reason: string): QuarantinedEvent {
  const { eventId, type } = envelope;
  return { position, eventId, type, envelope: Envelope.encode(envelope).finish(), reason };
}

const maxReasonLength = 500;

function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return text.slice(0, maxReasonLength);
}
