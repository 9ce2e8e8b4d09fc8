import { describe, expect, test } from '@jest/globals';
import { placeBatch } from './producer-order.ts';
import { append, type BatchChoice, batch, producer } from './read.fixture.ts';

/** A batch with the numbers from first to last. */
function numbered(first: bigint, last: bigint, choice?: BatchChoice) {
  const ids = Array.from({ length: Number(last - first) + 1 }, (_, index) => ({ id: `event-${index}` }));
  return batch(first, [append(ids)], choice);
}

const gap = (epoch: bigint, first: bigint, last: bigint) => ({ epoch, opening: `opening ${epoch}`, first, last });

describe('a batch', () => {
  test('that follows is next, and moves the record', () => {
    expect(placeBatch(numbered(4n, 6n), 20n, producer(3n))).toEqual({
      place: 'next',
      producer: producer(6n, { last_sequence: 20n }),
      missing: [],
    });
  });

  test('of a producer that nobody knew is next when it begins with 1', () => {
    expect(placeBatch(numbered(1n, 2n), 7n, undefined)).toMatchObject({ place: 'next', producer: producer(2n) });
    expect(placeBatch(numbered(3n, 3n), 7n, undefined).missing).toEqual([gap(1n, 1n, 2n)]);
  });

  test('that leaves numbers out is after a gap, which is remembered', () => {
    const placed = placeBatch(numbered(6n, 6n), 20n, producer(3n));
    expect(placed).toMatchObject({ place: 'after_gap', missing: [gap(1n, 4n, 5n)] });
    expect(placed.producer).toMatchObject({ last_number: 6n, gaps: [gap(1n, 4n, 5n)] });
  });

  test('that was missing fills its part of the gap', () => {
    const before = producer(9n, { gaps: [gap(1n, 2n, 3n), gap(1n, 5n, 8n)] });
    const placed = placeBatch(numbered(6n, 7n), 20n, before);
    expect(placed.place).toBe('missing_before');
    expect(placed.producer).toEqual({ ...before, gaps: [gap(1n, 2n, 3n), gap(1n, 5n, 5n), gap(1n, 8n, 8n)] });
    expect(placeBatch(numbered(2n, 3n), 21n, placed.producer).producer.gaps).toHaveLength(2);
  });

  test('that was missing when its epoch was over is taken still', () => {
    const before = producer(4n, { epoch: 2n, gaps: [gap(1n, 5n, 6n)] });
    expect(placeBatch(numbered(5n, 6n), 20n, before)).toMatchObject({
      place: 'missing_before',
      producer: { gaps: [] },
    });
  });

  test('whose numbers are there already is a repeat, and changes nothing', () => {
    const before = producer(6n);
    expect(placeBatch(numbered(2n, 6n), 20n, before)).toEqual({ place: 'repeat', producer: before, missing: [] });
  });

  test('of an epoch that is over is superseded', () => {
    const before = producer(4n, { epoch: 2n });
    expect(placeBatch(numbered(7n, 7n), 20n, before)).toEqual({ place: 'superseded', producer: before, missing: [] });
  });

  test('that opens the next epoch names what it follows; what is missing of that is a gap', () => {
    const opens = (lastNumber: bigint) => numbered(1n, 1n, { epoch: 2n, previous: { epoch: 1n, lastNumber } });
    expect(placeBatch(opens(3n), 20n, producer(3n))).toMatchObject({ place: 'next', producer: { epoch: 2n } });
    expect(placeBatch(opens(5n), 20n, producer(3n))).toMatchObject({
      place: 'after_gap',
      missing: [gap(1n, 4n, 5n)],
      producer: { epoch: 2n, last_number: 1n, gaps: [gap(1n, 4n, 5n)] },
    });
  });

  test('that follows an epoch of which nothing came lets that come later, whoever opened it', () => {
    const opens = numbered(1n, 1n, { epoch: 3n, previous: { epoch: 2n, lastNumber: 4n } });
    const { missing, producer: after } = placeBatch(opens, 20n, producer(3n));
    expect(missing).toEqual([{ epoch: 2n, opening: '', first: 1n, last: 4n }]);
    expect(placeBatch(numbered(1n, 2n, { epoch: 2n }), 21n, after).place).toBe('missing_before');
  });

  test('that opens an epoch again, the first opening being lost by the stream, is taken; the first one goes no further', () => {
    const again = placeBatch(numbered(1n, 1n, { opening: 'again' }), 20n, producer(6n));
    expect(again).toMatchObject({ place: 'opened_again', producer: { opening: 'again', last_number: 1n } });
    expect(placeBatch(numbered(7n, 7n), 21n, again.producer).place).toBe('superseded');
    expect(placeBatch(numbered(2n, 2n, { opening: 'again' }), 21n, again.producer).place).toBe('next');
  });
});
