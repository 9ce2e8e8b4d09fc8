import { describe, expect, test } from '@jest/globals';
import { AttemptStarted, Attribution, encodeMessage } from './index.ts';

describe('encoding with one writer', () => {
  test('gives the bytes of the codec, each time its own', () => {
    const small = Attribution.create({ tenantId: 'acme', tags: ['a', 'ünïcode'] });
    const large = AttemptStarted.create({ callId: 'x'.repeat(5_000), attribution: small });
    const encoded = [small, small].map((message) => encodeMessage(Attribution, message));
    const other = encodeMessage(AttemptStarted, large);
    expect(encoded[0]).toEqual(Buffer.from(Attribution.encode(small).finish()));
    expect(encoded[1]).toEqual(encoded[0]);
    expect(encoded[1]?.buffer).not.toBe(encoded[0]?.buffer);
    expect(other).toEqual(Buffer.from(AttemptStarted.encode(large).finish()));
  });

  test('begins anew after a message that cannot be encoded', () => {
    const broken = AttemptStarted.create({ callId: 'call', attemptNumber: -1.5 });
    expect(() => encodeMessage(AttemptStarted, broken)).toThrow('invalid uint32');
    const sound = Attribution.create({ tenantId: 'acme' });
    expect(Attribution.decode(encodeMessage(Attribution, sound))).toEqual(sound);
  });
});
