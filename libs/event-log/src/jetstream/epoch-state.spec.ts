import { describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { positionOf } from '../positions.ts';
import { align, type LastMessage, type ProducerStanding } from './alignment.ts';
import {
  type EpochState,
  leaveBehind,
  nextToPublish,
  openedState,
  takeAlignment,
  takeAnswer,
  takeBatches,
  takeRecord,
} from './epoch-state.ts';
import { pendingAppend, pendingEvent } from './pending-append.ts';
import { acknowledge, type PendingBatch } from './pending-batch.ts';

const identity = { producerId: 'gateway/0', epoch: 2n, opening: 'own' };

function batchOf(number: bigint): PendingBatch {
  const append = pendingAppend([pendingEvent(draft(`event-${number}`))], { needsVerdict: false });
  const body = { encoding: 'identity' as const, bytes: Buffer.alloc(0) };
  return {
    firstNumber: number,
    lastNumber: number,
    subject: '',
    body,
    appends: [append],
    sequence: undefined,
    usedIds: 0,
  };
}

/** An epoch with the batches 1 to 4, of which those up to `acknowledged` are in the stream as 11, 12 and so on. */
function epochWith(acknowledged: number): EpochState {
  const opened = { ...batchOf(1n), sequence: 11 };
  acknowledge(opened, 11);
  const state = openedState(identity, opened);
  takeBatches(state, [batchOf(2n), batchOf(3n), batchOf(4n)]);
  for (const batch of state.batches.slice(1, acknowledged)) takeAnswer(state, batch, Number(batch.firstNumber) + 10);
  return state;
}

const numbersIn = (batches: readonly PendingBatch[]) => batches.map(({ firstNumber }) => firstNumber);
const unpublished = ({ batches }: EpochState) => numbersIn(batches.filter(({ sequence }) => sequence === undefined));

function look(state: EpochState, last: LastMessage | undefined, archived?: ProducerStanding): readonly PendingBatch[] {
  const alignment = align(identity, last, archived);
  if (alignment.kind === 'superseded') throw new Error('superseded');
  return takeAlignment(state, alignment, { last, archived });
}

describe('an epoch', () => {
  test('publishes in order, each expecting the one before', () => {
    const state = epochWith(2);
    expect(nextToPublish(state)?.firstNumber).toBe(3n);
    expect([state.expectedSequence, state.nextNumber]).toEqual([12, 5n]);
  });

  test('believes an answer at once, except where the stream held nothing of it before', async () => {
    const state = epochWith(1);
    state.expectedSequence = 0;
    const second = nextToPublish(state)!;
    takeAnswer(state, second, 50);
    expect([state.isInDoubt, state.mustAskArchive, second.appends[0]?.isAcknowledged]).toEqual([true, true, false]);
    look(state, { sequence: 50, epoch: 2n, opening: 'own', lastNumber: 2n }, undefined);
    expect([state.isInDoubt, state.mustAskArchive]).toEqual([false, false]);
    expect(await second.appends[0]?.durable.promise).toBe(positionOf(50n, 0));
  });

  test('finds the batch in the stream whose acknowledgement was lost', async () => {
    const state = epochWith(2);
    look(state, { sequence: 13, epoch: 2n, opening: 'own', lastNumber: 3n });
    expect(unpublished(state)).toEqual([4n]);
    expect(await state.batches[2]?.appends[0]?.durable.promise).toBe(positionOf(13n, 0));
  });

  test('publishes again what the stream has lost, after what it still has', () => {
    const state = epochWith(4);
    look(state, { sequence: 12, epoch: 2n, opening: 'own', lastNumber: 2n });
    expect([unpublished(state), state.expectedSequence]).toEqual([[3n, 4n], 12]);
    look(state, { sequence: 7, epoch: 1n, opening: 'old', lastNumber: 9n });
    expect([unpublished(state), state.expectedSequence]).toEqual([[1n, 2n, 3n, 4n], 7]);
  });

  test('lets go of what the archive has, also where the stream has nothing left of it', () => {
    const state = epochWith(3);
    const gone = look(state, undefined, { epoch: 2n, opening: 'own', lastNumber: 2n });
    expect([numbersIn(gone), unpublished(state), state.expectedSequence]).toEqual([[1n, 2n], [3n, 4n], 0]);
  });

  test('publishes again what the archive misses in between', () => {
    const state = epochWith(4);
    const gaps = [{ epoch: 2n, opening: 'own', first: 2n, last: 2n }];
    const record = { _id: 'gateway/0', epoch: 2n, opening: 'own', last_number: 3n, last_sequence: 13n, gaps };
    const { archived, isMissing } = takeRecord(state, record);
    expect([numbersIn(archived), isMissing]).toEqual([[1n, 3n], true]);
    expect([numbersIn(state.batches), unpublished(state)]).toEqual([[2n, 4n], [2n]]);
    expect(takeRecord(state, { ...record, opening: 'other' })).toEqual({ archived: [], isMissing: false });
  });

  test('leaves behind as acknowledged whatever its callers were told of, though it was to be published again', () => {
    const state = epochWith(3);
    look(state, { sequence: 12, epoch: 2n, opening: 'own', lastNumber: 2n });
    const { acknowledged, uncertain } = leaveBehind(state);
    const idsOf = (appends: typeof acknowledged) =>
      appends.flatMap(({ events }) => events.map(({ eventId }) => eventId));
    expect(idsOf(acknowledged)).toEqual(['event-1', 'event-2', 'event-3']);
    expect(idsOf(uncertain)).toEqual(['event-4']);
    expect(state.batches).toEqual([]);
  });
});
