import { describe, expect, test } from '@jest/globals';
import { align, later } from './alignment.ts';

const own = { producerId: 'gateway/0', epoch: 5n, opening: 'own' };
const standing = (epoch: bigint, opening: string, lastNumber: bigint) => ({ epoch, opening, lastNumber });
const message = (epoch: bigint, opening: string, lastNumber: bigint) => {
  return { ...standing(epoch, opening, lastNumber), sequence: 40 };
};

describe('an epoch in doubt', () => {
  test.each([
    ['its own last message', message(5n, 'own', 9n), undefined, 40, 9n],
    ['the epoch before, its own being lost', message(4n, 'old', 70n), undefined, 40, 0n],
    ['nothing at all', undefined, undefined, 0, 0n],
    ['nothing, but the archive has it', undefined, standing(5n, 'own', 12n), 0, 12n],
    ['less than the archive has', message(5n, 'own', 9n), standing(5n, 'own', 12n), 40, 12n],
    ['more than the archive has', message(5n, 'own', 12n), standing(5n, 'own', 9n), 40, 12n],
    ['more than the archive, which knows the epoch before', message(5n, 'own', 3n), standing(4n, 'old', 70n), 40, 3n],
  ])('goes on where the stream has %s', (_what, last, archived, expectedSequence, lastNumber) => {
    expect(align(own, last, archived)).toEqual({ kind: 'current', expectedSequence, lastNumber });
  });

  test.each([
    ['the stream has a newer one', message(6n, 'newer', 1n), undefined],
    ['the stream has the same one opened by somebody else', message(5n, 'other', 1n), undefined],
    ['the archive has a newer one, and the stream none', undefined, standing(6n, 'newer', 1n)],
    ['the archive has a newer one, and the stream its own', message(5n, 'own', 9n), standing(6n, 'newer', 1n)],
  ])('is over when %s', (_what, last, archived) => {
    expect(align(own, last, archived)).toEqual({ kind: 'superseded' });
  });
});

test('what a new epoch follows is the later of what the stream and the archive have', () => {
  expect(later(standing(4n, 'a', 9n), standing(5n, 'b', 1n))?.epoch).toBe(5n);
  expect(later(standing(5n, 'a', 9n), standing(5n, 'a', 11n))?.lastNumber).toBe(11n);
  expect(later(undefined, standing(1n, 'a', 1n))?.epoch).toBe(1n);
  expect(later(undefined, undefined)).toBeUndefined();
});
