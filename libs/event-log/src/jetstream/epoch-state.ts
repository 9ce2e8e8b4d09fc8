// What one epoch of a producer has published, and what it thinks the stream holds. No input or output.
import type { ProducerDocument } from '../archive/archive-documents.ts';
import type { Alignment, LastMessage, ProducerIdentity, ProducerStanding } from './alignment.ts';
import type { PendingAppend } from './pending-append.ts';
import { acknowledge, type PendingBatch } from './pending-batch.ts';

export interface EpochState {
  readonly identity: ProducerIdentity;
  /** In the order of their numbers, until the archive has them. */
  batches: readonly PendingBatch[];
  /** Of the last message of the producer's subjects. */
  expectedSequence: number;
  nextNumber: bigint;
  /** The stream may not hold what it is thought to hold. */
  isInDoubt: boolean;
  /** A newer epoch may be known to the archive alone. */
  mustAskArchive: boolean;
}

/** An epoch whose first batch is acknowledged. */
export function openedState(
  identity: ProducerIdentity,
  opened: PendingBatch & { readonly sequence: number },
): EpochState {
  return {
    identity,
    batches: [opened],
    expectedSequence: opened.sequence,
    nextNumber: opened.lastNumber + 1n,
    isInDoubt: false,
    mustAskArchive: false,
  };
}

export function takeBatches(state: EpochState, formed: readonly PendingBatch[]): void {
  state.batches = [...state.batches, ...formed];
  const last = formed.at(-1);
  if (last) state.nextNumber = last.lastNumber + 1n;
}

export function nextToPublish({ batches }: EpochState): PendingBatch | undefined {
  return batches.find(({ sequence }) => sequence === undefined);
}

/** The stream has taken the batch. */
export function takeAnswer(state: EpochState, batch: PendingBatch, sequence: number): void {
  batch.sequence = sequence;
  // Where no message of this producer was left, the stream cannot tell whether a newer epoch was opened and trimmed.
  const isUnsure = state.expectedSequence === 0;
  state.isInDoubt = isUnsure;
  state.mustAskArchive ||= isUnsure;
  state.expectedSequence = sequence;
  if (!isUnsure) acknowledge(batch, sequence);
}

/** Claims that the message is of this epoch, and of its own opening. */
export function isOwn({ identity }: EpochState, last: ProducerStanding | undefined): boolean {
  return last?.epoch === identity.epoch && last.opening === identity.opening;
}

/** What was looked up resolves the doubt: what is not there is to be published again. Returns what the archive has. */
export function takeAlignment(
  state: EpochState,
  { expectedSequence, lastNumber }: Extract<Alignment, { kind: 'current' }>,
  { last, archived }: { readonly last: LastMessage | undefined; readonly archived: ProducerStanding | undefined },
): readonly PendingBatch[] {
  state.expectedSequence = expectedSequence;
  for (const batch of state.batches) {
    if (batch.lastNumber > lastNumber) batch.sequence = undefined;
    else if (isOwn(state, last) && batch.lastNumber === last?.lastNumber) batch.sequence = last.sequence;
    if (batch.lastNumber <= lastNumber && batch.sequence !== undefined) acknowledge(batch, batch.sequence);
  }
  state.isInDoubt = false;
  state.mustAskArchive = false;
  return letGo(state, (batch) => isOwn(state, archived) && batch.lastNumber <= archived!.lastNumber);
}

export interface Recorded {
  /** What the archive has. */
  readonly archived: readonly PendingBatch[];
  /** Claims that it misses something in between, which is to be published again. */
  readonly isMissing: boolean;
}

/** The archive has come further. */
export function takeRecord(state: EpochState, record: ProducerDocument): Recorded {
  const { epoch, opening, gaps, last_number: lastNumber } = record;
  if (!isOwn(state, { epoch, opening, lastNumber })) return { archived: [], isMissing: false };
  const isMissing = (batch: PendingBatch) =>
    gaps.some((gap) => gap.opening === opening && gap.first <= batch.lastNumber && batch.firstNumber <= gap.last);
  const isPassed = (batch: PendingBatch) => batch.lastNumber <= lastNumber;
  const missing = state.batches.filter((batch) => isPassed(batch) && isMissing(batch));
  for (const batch of missing) batch.sequence = undefined;
  const archived = letGo(state, (batch) => isPassed(batch) && !missing.includes(batch));
  return { archived, isMissing: missing.length > 0 };
}

export interface LeftBehind {
  /** Their callers were told that they are durable. */
  readonly acknowledged: readonly PendingAppend[];
  /** Published perhaps. */
  readonly uncertain: readonly PendingAppend[];
}

/** Empties the state of an epoch that is over. */
export function leaveBehind(state: EpochState): LeftBehind {
  const appends = state.batches.flatMap((batch) => batch.appends);
  state.batches = [];
  return {
    acknowledged: appends.filter(({ isAcknowledged }) => isAcknowledged),
    uncertain: appends.filter(({ isAcknowledged }) => !isAcknowledged),
  };
}

function letGo(state: EpochState, isArchived: (batch: PendingBatch) => boolean): readonly PendingBatch[] {
  const gone = state.batches.filter(isArchived);
  if (gone.length > 0) state.batches = state.batches.filter((batch) => !gone.includes(batch));
  return gone;
}
