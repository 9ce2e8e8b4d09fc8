// Spend by day and by whom and what it went to. Users and runs are many, so each has its own collection, and the other
// dimensions share one: three documents change with each attempt.
import { events, type StoredEvent } from '@waybill/event-log';
import type { CollectionDefinition, Document, DocumentKey, Projection, WorkingSet } from '@waybill/projections';
import { dayOf } from '../core/day.ts';
import { type Dimension, type Place, placeOf } from '../core/dimensions.ts';
import { standingOf } from '../core/fact.ts';
import { addTallies, emptyTally, subtractTally, type Tally, tallyOf } from '../core/tally.ts';

/** Pico-USD as decimal text, so that no total is too large. */
export interface TallyDocument extends Document {
  readonly amountPicoUsd: string;
  readonly estimatedPicoUsd: string;
  readonly attempts: bigint;
  readonly unknownAttempts: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

/** A tally with the dimensions of its collection beside it. */
export type SpendDocument = TallyDocument & { readonly tenant: string; readonly day: string };

/** The dimensions that each collection keeps apart. */
const kept: Readonly<Record<string, readonly Dimension[]>> = {
  users: ['tenant', 'day', 'user'],
  runs: ['tenant', 'day', 'run'],
  groups: ['tenant', 'day', 'project', 'key', 'model', 'provider', 'agent_type'],
};

const spendCollections: readonly CollectionDefinition[] = Object.keys(kept).map((name) => ({
  name,
  indexes: [['tenant', 'day'], ['day']],
}));

export const spendProjection: Projection = {
  name: 'spend',
  version: 1,
  collections: [...spendCollections, { name: 'doubts' }],
  types: [events.attemptEnded.type, events.usageCorrected.type],
  reads,
  apply,
};

/** The collection that can tell spend by a dimension. */
export function collectionFor(dimension: Dimension): string {
  return dimension === 'user' ? 'users' : dimension === 'run' ? 'runs' : 'groups';
}

export function readTally(document: TallyDocument): Tally {
  const { attempts, unknownAttempts, inputTokens, outputTokens } = document;
  const amounts = {
    amountPicoUsd: BigInt(document.amountPicoUsd),
    estimatedPicoUsd: BigInt(document.estimatedPicoUsd),
  };
  return { ...amounts, attempts, unknownAttempts, inputTokens, outputTokens };
}

interface SpendChange {
  readonly attemptId: string;
  readonly place: Place;
  /** Where the change goes, in the order of the collections. */
  readonly keys: readonly DocumentKey[];
  /** What the attempt is now worth. */
  readonly after: Tally;
  /** Of a correction: what the replaced fact was booked at; undefined for the attempt's first fact. */
  readonly replacedPicoUsd: bigint | undefined;
  readonly isDoubtful: boolean;
}

const known = new WeakMap<StoredEvent, SpendChange>();

function changeOf(event: StoredEvent): SpendChange {
  const before = known.get(event);
  if (before) return before;
  const { envelope } = event;
  const corrected = envelope.type === events.usageCorrected.type ? events.usageCorrected.decode(envelope) : undefined;
  const fact = corrected ?? events.attemptEnded.decode(envelope);
  const standing = standingOf(fact.usage, fact.rating);
  const place = placeOf(fact, dayOf(fact.admittedAtMicros));
  const made = {
    attemptId: fact.attemptId,
    place,
    keys: keysOf(place),
    after: tallyOf(fact),
    replacedPicoUsd: corrected && (fact.rating?.amountPicoUsd ?? 0n) - corrected.differencePicoUsd,
    isDoubtful: standing === 'estimated' || standing === 'unknown',
  };
  known.set(event, made);
  return made;
}

function keysOf(place: Place): DocumentKey[] {
  return Object.entries(kept).map(([collection, dimensions]) => ({
    collection,
    key: JSON.stringify(dimensions.map((dimension) => place[dimension])),
  }));
}

function reads(event: StoredEvent): readonly DocumentKey[] {
  const { attemptId, keys, replacedPicoUsd } = changeOf(event);
  return replacedPicoUsd === undefined ? keys : [...keys, { collection: 'doubts', key: attemptId }];
}

function apply(event: StoredEvent, documents: WorkingSet): void {
  const { attemptId, place, keys, after, replacedPicoUsd, isDoubtful } = changeOf(event);
  const isFirst = replacedPicoUsd === undefined;
  const doubt = isFirst ? undefined : documents.get<TallyDocument>('doubts', attemptId);
  const change = isFirst ? after : changeBy(after, replacedPicoUsd, doubt);
  for (const { collection, key } of keys) {
    const before = documents.get<SpendDocument>(collection, key);
    const tally = writeTally(addTallies(before ? readTally(before) : emptyTally, change));
    const names = kept[collection]!.map((dimension) => [dimension, place[dimension]]);
    documents.put(collection, key, { ...tally, ...Object.fromEntries(names) });
  }
  if (isDoubtful) documents.put('doubts', attemptId, writeTally(after));
  else if (doubt) documents.delete('doubts', attemptId);
}

/** Without a doubt on record the replaced fact was reported: its tokens stay, its amount goes. */
function changeBy(after: Tally, replacedPicoUsd: bigint, doubt: TallyDocument | undefined): Tally {
  const certain = { ...after, estimatedPicoUsd: 0n, unknownAttempts: 0n };
  const before = doubt ? readTally(doubt) : certain;
  return subtractTally(after, { ...before, amountPicoUsd: replacedPicoUsd });
}

function writeTally(tally: Tally): TallyDocument {
  const { amountPicoUsd, estimatedPicoUsd, ...counts } = tally;
  return { ...counts, amountPicoUsd: amountPicoUsd.toString(), estimatedPicoUsd: estimatedPicoUsd.toString() };
}
