import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attemptIdOf, batchCallId, batchOf, eventIdOf, timeOrderedId } from './index.ts';

const micros = fc.bigInt({ min: 0n, max: (2n ** 48n - 1n) * 1000n });
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('an id', () => {
  test('is laid out like a ULID', () => {
    const zero = new Uint8Array(10);
    expect(timeOrderedId('call', 0n, zero)).toBe('call_00000000000000000000000000');
    expect(timeOrderedId('call', 1_469_918_176_385_000n, zero)).toBe('call_01aryz6s410000000000000000');
    expect(timeOrderedId('call', (2n ** 48n - 1n) * 1000n, zero.fill(255))).toBe('call_7zzzzzzzzzzzzzzzzzzzzzzzzz');
  });

  test('always has 26 characters that nobody misreads', () => {
    fc.assert(
      fc.property(micros, random, (now, bytes) => {
        expect(timeOrderedId('x', now, bytes)).toMatch(/^x_[0-9a-hjkmnp-tv-z]{26}$/);
      }),
    );
  });

  test('sorts by time, to the millisecond', () => {
    fc.assert(
      fc.property(micros, micros, random, random, (left, right, leftBytes, rightBytes) => {
        fc.pre(left / 1000n < right / 1000n);
        expect(timeOrderedId('x', left, leftBytes) < timeOrderedId('x', right, rightBytes)).toBe(true);
      }),
    );
  });

  test('of the same moment differs by every random bit', () => {
    fc.assert(
      fc.property(micros, random, fc.nat(79), (now, bytes, bit) => {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(timeOrderedId('x', now, flipped)).not.toBe(timeOrderedId('x', now, bytes));
      }),
    );
  });

  test('needs its ten random bytes', () => {
    expect(() => timeOrderedId('x', 0n, new Uint8Array(9))).toThrow(RangeError);
  });
});

test('attempts and facts have ids that say what they are about', () => {
  expect(attemptIdOf('call_1', 2)).toBe('call_1:2');
  expect(eventIdOf('call_1:2', 'ended')).toBe('call_1:2/ended');
});

test('a call of a batch and its attempts name the batch; no other does', () => {
  const batchId = timeOrderedId('batch', 0n, new Uint8Array(10));
  const callId = batchCallId(batchId, 12);
  expect(batchOf(callId)).toBe(batchId);
  expect(batchOf(attemptIdOf(callId, 1))).toBe(batchId);
  for (const other of [batchId, 'call_00000000000000000000000000', `${callId}_1`, '']) {
    expect(batchOf(other)).toBeUndefined();
  }
});
