// What the last message of a producer's subjects, and the archive's record, tell one who is in doubt.

export interface ProducerIdentity {
  readonly producerId: string;
  readonly epoch: bigint;
  /** Random, one for each opening of an epoch. */
  readonly opening: string;
}

/** How far a producer has come, in the stream or in the archive. */
export interface ProducerStanding {
  readonly epoch: bigint;
  readonly opening: string;
  readonly lastNumber: bigint;
}

export interface LastMessage extends ProducerStanding {
  readonly sequence: number;
}

export type Alignment =
  | { readonly kind: 'superseded' }
  /**
   * The epoch is still the newest. What follows `lastNumber` is neither in the stream nor in the archive, and is to be
   * published after the message with that sequence.
   */
  | { readonly kind: 'current'; readonly expectedSequence: number; readonly lastNumber: bigint };

export function align(
  own: ProducerIdentity,
  last: LastMessage | undefined,
  archived: ProducerStanding | undefined,
): Alignment {
  if (isNewer(last, own) || isNewer(archived, own)) return { kind: 'superseded' };
  const furthest = later(isOwn(last, own) ? last : undefined, isOwn(archived, own) ? archived : undefined);
  return { kind: 'current', expectedSequence: last?.sequence ?? 0, lastNumber: furthest?.lastNumber ?? 0n };
}

/** The one of two that came later; the one with more numbers within an epoch. */
export function later<One extends ProducerStanding, Other extends ProducerStanding>(
  one: One | undefined,
  other: Other | undefined,
): One | Other | undefined {
  if (!one || !other) return one ?? other;
  if (one.epoch !== other.epoch) return one.epoch > other.epoch ? one : other;
  return one.lastNumber >= other.lastNumber ? one : other;
}

function isNewer(standing: ProducerStanding | undefined, own: ProducerIdentity): boolean {
  if (!standing) return false;
  return standing.epoch > own.epoch || (standing.epoch === own.epoch && standing.opening !== own.opening);
}

function isOwn(standing: ProducerStanding | undefined, own: ProducerIdentity): standing is ProducerStanding {
  return standing?.epoch === own.epoch && standing.opening === own.opening;
}
