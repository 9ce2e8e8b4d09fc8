// Positions of a log that is a stream of batches: the batch's sequence, and the event's place in it.
import type { Position } from './ports.ts';

const bitsOfIndex = 20n;

/** Events that a batch can hold. */
export const maxBatchEvents = 2 ** Number(bitsOfIndex);

export function positionOf(sequence: bigint, index: number): Position {
  return (sequence << bitsOfIndex) | BigInt(index);
}

export function sequenceOf(position: Position): bigint {
  return position >> bitsOfIndex;
}
