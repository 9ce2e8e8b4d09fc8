import { describe, expect, test } from '@jest/globals';
import { KeyRevoked } from '@waybill/contracts';
import { defineEvent } from './event-type.ts';

const type = 'waybill.gateway.v1.KeyRevoked';
const fields = { eventId: 'e', tenantId: 't', streamId: 's', correlationId: 'c', occurredAtMicros: 5n };
const keyRevoked = defineEvent({ type, version: 1, codec: KeyRevoked });
const draft = keyRevoked.draft({ ...fields, payload: { keyId: 'key', reason: 'lost' } });

describe('an event type', () => {
  test('writes its name and version and reads its payload back', () => {
    expect(draft).toMatchObject({ ...fields, type, version: 1, causationId: '', trace: undefined });
    expect(keyRevoked.decode(draft)).toEqual({ keyId: 'key', reason: 'lost' });
  });

  test.each([
    ['of another type', { type: 'waybill.gateway.v1.KeyIssued' }, 'other_type'],
    ['of a newer version', { version: 2 }, 'unknown_version'],
    ['of no version', { version: 0 }, 'unknown_version'],
    ['with a payload that is none', { payload: Buffer.from([0xff]) }, 'payload_unreadable'],
  ])('refuses an event %s', (_, change, reason) => {
    const decoding = () => keyRevoked.decode({ ...draft, ...change });
    expect(decoding).toThrow(expect.objectContaining({ fault: expect.objectContaining({ kind: 'invalid' }) }));
    expect(decoding).toThrow(
      expect.objectContaining({ fault: expect.objectContaining({ details: { event_id: 'e', reason } }) }),
    );
  });

  test('decodes an envelope once, for all who read it', () => {
    expect(keyRevoked.decode(draft)).toBe(keyRevoked.decode(draft));
    expect(keyRevoked.decode({ ...draft })).not.toBe(keyRevoked.decode(draft));
  });

  test('lifts older versions step by step', () => {
    const addToReason = (more: string) => (payload: Uint8Array) => {
      const { keyId, reason } = KeyRevoked.decode(payload);
      return KeyRevoked.encode({ keyId, reason: `${reason} ${more}` }).finish();
    };
    const third = defineEvent({
      type,
      version: 3,
      codec: KeyRevoked,
      upcasters: [addToReason('two'), addToReason('three')],
    });
    expect(third.decode(draft).reason).toBe('lost two three');
    expect(third.decode({ ...draft, version: 2 }).reason).toBe('lost three');
    expect(third.decode({ ...draft, version: 3 }).reason).toBe('lost');
  });

  test('is not defined with a version that nothing lifts to', () => {
    expect(() => defineEvent({ type, version: 2, codec: KeyRevoked })).toThrow(RangeError);
  });
});
