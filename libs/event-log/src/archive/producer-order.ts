// Whether a batch comes in its producer's order, and what that makes of the producer's record.
import type { NumberGap, ProducerDocument } from './archive-documents.ts';
import type { PreviousEpoch, ReadBatch } from './read-message.ts';

export type Place =
  /** The next of its epoch, or the first of a new one. */
  | 'next'
  /** As `next`, but numbers are missing before it. */
  | 'after_gap'
  /** It opens an epoch that was opened before, by somebody whose opening the stream has lost. */
  | 'opened_again'
  /** It is one of those that were missing. */
  | 'missing_before'
  /** Its numbers were there before. */
  | 'repeat'
  /** It is of an epoch that was over before it came. */
  | 'superseded';

export interface Placed {
  readonly place: Place;
  /** The producer's record with this batch taken in. */
  readonly producer: ProducerDocument;
  /** The numbers that are missing before it. */
  readonly missing: readonly NumberGap[];
}

export function placeBatch(batch: ReadBatch, sequence: bigint, before: ProducerDocument | undefined): Placed {
  if (!before || batch.epoch > before.epoch) return opened(batch, sequence, before);
  const gap = before.gaps.find((missing) => isWithin(batch, missing));
  if (gap) return filled(batch, before, gap);
  if (batch.epoch < before.epoch) return { place: 'superseded', producer: before, missing: [] };
  if (batch.opening !== before.opening) {
    if (batch.firstNumber !== 1n) return { place: 'superseded', producer: before, missing: [] };
    return { place: 'opened_again', producer: advanced(batch, sequence, before.gaps), missing: [] };
  }
  if (batch.lastNumber <= before.last_number) return { place: 'repeat', producer: before, missing: [] };
  const missing = gapBetween(before.last_number, batch);
  return placedAfter(missing, advanced(batch, sequence, [...before.gaps, ...missing]));
}

function opened(batch: ReadBatch, sequence: bigint, before: ProducerDocument | undefined): Placed {
  const missing = [...tailMissing(before, batch.previous), ...gapBetween(0n, batch)];
  return placedAfter(missing, advanced(batch, sequence, [...(before?.gaps ?? []), ...missing]));
}

function placedAfter(missing: readonly NumberGap[], producer: ProducerDocument): Placed {
  return { place: missing.length > 0 ? 'after_gap' : 'next', producer, missing };
}

/** What the epoch before had written and the archive never saw. */
function tailMissing(before: ProducerDocument | undefined, previous: PreviousEpoch | undefined): NumberGap[] {
  if (!previous || previous.lastNumber === 0n) return [];
  const isKnown = before?.epoch === previous.epoch;
  const first = isKnown ? before.last_number + 1n : 1n;
  const opening = isKnown ? before.opening : '';
  return first > previous.lastNumber ? [] : [{ epoch: previous.epoch, opening, first, last: previous.lastNumber }];
}

function gapBetween(last: bigint, { epoch, opening, firstNumber }: ReadBatch): NumberGap[] {
  return firstNumber > last + 1n ? [{ epoch, opening, first: last + 1n, last: firstNumber - 1n }] : [];
}

function isWithin({ epoch, opening, firstNumber, lastNumber }: ReadBatch, gap: NumberGap): boolean {
  // An epoch of which nothing ever came has an unknown opening.
  const isItsOpening = gap.opening === opening || gap.opening === '';
  return gap.epoch === epoch && isItsOpening && gap.first <= firstNumber && lastNumber <= gap.last;
}

function filled({ firstNumber, lastNumber }: ReadBatch, before: ProducerDocument, gap: NumberGap): Placed {
  const left = [
    { ...gap, last: firstNumber - 1n },
    { ...gap, first: lastNumber + 1n },
  ].filter(({ first, last }) => first <= last);
  const gaps = before.gaps.flatMap((other) => (other === gap ? left : [other]));
  return { place: 'missing_before', producer: { ...before, gaps }, missing: [] };
}

function advanced(batch: ReadBatch, sequence: bigint, gaps: readonly NumberGap[]): ProducerDocument {
  const { producerId, epoch, opening, lastNumber } = batch;
  return { _id: producerId, epoch, opening, last_number: lastNumber, last_sequence: sequence, gaps };
}
