import { describe, expect, test } from '@jest/globals';
import { Binary } from 'mongodb';
import { damageFault, damageOf, type StreamFacts } from './stream-damage.ts';

const digest = Buffer.alloc(32, 1);
const checkpoint = {
  _id: 'archive' as const,
  sequence: 100n,
  end: 100n << 20n,
  message_digest: new Binary(digest),
};
const sound: StreamFacts = {
  subjects: ['waybill.events.>'],
  firstSequence: 50n,
  lastSequence: 120n,
  checkpointDigest: digest,
};
const damage = (different: Partial<StreamFacts>) =>
  damageOf({ ...sound, ...different }, checkpoint, 'waybill.events.>');

describe('a stream', () => {
  test.each([
    ['has more than the archive', {}],
    ['ends where the archive does', { lastSequence: 100n }],
    ['was trimmed up to the checkpoint', { firstSequence: 101n, checkpointDigest: undefined }],
  ])('is followed on when it %s', (_what, different) => {
    expect(damage(different)).toBeUndefined();
  });

  test.each([
    ['tail_lost', { lastSequence: 99n, checkpointDigest: undefined }],
    ['other_content', { checkpointDigest: Buffer.alloc(32, 2) }],
    ['archive_behind', { firstSequence: 102n, checkpointDigest: undefined }],
    ['under_repair', { subjects: ['waybill.closed-for-repair'] }],
  ] as const)('is not when it is %s', (kind, different) => {
    expect(damage(different)).toBe(kind);
  });

  test('that is gone is missed, and the fault names the record and the fix', () => {
    expect(damageOf(undefined, checkpoint, 'waybill.events.>')).toBe('missing');
    const fault = damageFault('missing', undefined, checkpoint);
    expect(fault.details).toMatchObject({ damage: 'missing', archive_sequence: '100', stream_last_sequence: '' });
    expect(fault.message).toContain('waybill repair');
  });

  test('that was made anew and has grown is not the one that a repair has left', () => {
    const repaired = { ...checkpoint, message_digest: null };
    expect(damageOf({ ...sound, firstSequence: 1n }, repaired, 'waybill.events.>')).toBe('other_content');
    const left = { ...sound, firstSequence: 101n, checkpointDigest: undefined };
    expect(damageOf(left, repaired, 'waybill.events.>')).toBeUndefined();
  });

  test('is anybody’s as long as the archive has nothing of it', () => {
    const empty = { ...checkpoint, sequence: 0n, end: 0n, message_digest: null };
    expect(
      damageOf({ ...sound, firstSequence: 1n, checkpointDigest: undefined }, empty, 'waybill.events.>'),
    ).toBeUndefined();
    expect(damageOf({ ...sound, firstSequence: 7n, checkpointDigest: undefined }, empty, 'waybill.events.>')).toBe(
      'archive_behind',
    );
  });
});
