import { describe, expect, test } from '@jest/globals';
import { checkProducer, type ProducerStandings } from './check-producers.ts';
import { driftList } from './drift.ts';

interface Written {
  readonly epoch: number;
  readonly number: number;
  /** The epoch and last number that an opening event names as those before. */
  readonly opens?: readonly [epoch: number, lastNumber: number];
}

function driftsOf(...written: readonly Written[]): string[] {
  const standings: ProducerStandings = new Map();
  const drifts = driftList(10);
  written.forEach(({ epoch, number, opens }, index) => {
    const producer = { producerId: 'gateway', epoch: BigInt(epoch), number: BigInt(number) };
    const opened = opens && {
      ...{ producerId: 'gateway', epoch: producer.epoch },
      ...{ previousEpoch: BigInt(opens[0]), previousLastNumber: BigInt(opens[1]) },
    };
    checkProducer(standings, { eventId: `event-${index}`, producer }, opened, drifts.report);
  });
  return drifts.first.map(({ message }) => message);
}

const opened: Written = { epoch: 1, number: 1, opens: [0, 0] };

describe('the numbers of a producer', () => {
  test('are fine when each epoch counts from 1 and names the end of the one before', () => {
    expect(driftsOf(opened, { epoch: 1, number: 2 }, { epoch: 2, number: 1, opens: [1, 2] })).toEqual([]);
  });

  test.each<[string, Written[], RegExp]>([
    [
      'a gap',
      [
        { epoch: 1, number: 3 },
        { epoch: 1, number: 4 },
      ],
      /epoch 1 goes from number 1 to 3 at event event-1/,
    ],
    ['a number twice', [{ epoch: 1, number: 1 }], /epoch 1 goes from number 1 to 1/],
    [
      'a lost tail',
      [{ epoch: 2, number: 1, opens: [1, 5] }],
      /follows number 5 of epoch 1, and the log ends it at number 1/,
    ],
    ['an epoch that was not opened', [{ epoch: 2, number: 1 }], /epoch 2 begins with number 1 and was not opened/],
    ['an epoch without a beginning', [{ epoch: 2, number: 7, opens: [1, 1] }], /epoch 2 begins with number 7/],
  ])('%s is told once', (_name, rest, message) => {
    expect(driftsOf(opened, ...rest)).toEqual([expect.stringMatching(message)]);
  });

  test('an epoch that is over writes no more', () => {
    const next: Written = { epoch: 2, number: 1, opens: [1, 1] };
    expect(driftsOf(opened, next, { epoch: 1, number: 2 })).toEqual([
      'epoch 1 writes after epoch 2 was opened at event event-2',
    ]);
  });

  test('an event without a stamp is told', () => {
    const drifts = driftList(10);
    checkProducer(new Map(), { eventId: 'event-1', producer: undefined }, undefined, drifts.report);
    expect(drifts.first).toHaveLength(1);
  });
});
