import { describe, expect, test } from '@jest/globals';
import { Envelope } from '@waybill/contracts';
import fc from 'fast-check';
import { isStampedDraft, producerStamp } from './producer-stamp.ts';

const maxInt64 = 2n ** 63n - 1n;
const count = fc.bigInt({ min: 1n, max: maxInt64 });

describe('a producer stamp', () => {
  test('is the field that the generated code writes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }), count, count, (id, epoch, number) => {
        const producer = { producerId: id, epoch, number };
        const generated = Envelope.encode(Envelope.fromPartial({ producer })).finish();
        expect(Buffer.from(producerStamp(id, epoch, number))).toEqual(Buffer.from(generated));
      }),
    );
  });

  test('completes an envelope without one', () => {
    const envelope = Envelope.fromPartial({ eventId: 'a', payload: Buffer.from([1, 2, 3]) });
    const stamped = Buffer.concat([Envelope.encode(envelope).finish(), producerStamp('gateway', 2n, 300n)]);
    const producer = { producerId: 'gateway', epoch: 2n, number: 300n };
    expect(Envelope.decode(stamped)).toEqual({ ...envelope, producer });
  });

  test('is told from other content', () => {
    const bytesOf = (payload: string) =>
      Envelope.encode(Envelope.fromPartial({ payload: Buffer.from(payload) })).finish();
    const draft = bytesOf('one');
    const stored = Buffer.concat([draft, producerStamp('gateway', 1n, 1n)]);
    expect(isStampedDraft(stored, draft)).toBe(true);
    expect(isStampedDraft(stored, bytesOf('two'))).toBe(false);
    expect(isStampedDraft(stored, bytesOf('on'))).toBe(false);
    expect(isStampedDraft(stored, draft.subarray(0, 2))).toBe(false);
    expect(isStampedDraft(draft, stored)).toBe(false);
  });
});
