import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import type { FaultKind } from '@waybill/contracts';
import { type Fault, faultKinds } from '@waybill/kernel';
import fc from 'fast-check';
import { faultFromMessage, faultToMessage } from './fault-message.ts';
import { faultOfStatus, faultTrailer, statusOfFault, statusOfKind } from './status.ts';

const sendableText = fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => text.toWellFormed());
const anyFault: fc.Arbitrary<Fault> = fc.record(
  {
    kind: fc.constantFrom(...faultKinds),
    message: sendableText,
    details: fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{0,19}$/), sendableText, {
      maxKeys: 10,
      noNullPrototype: true,
    }),
    retryAfterMs: fc.integer({ min: 0, max: 0xffff_ffff }),
  },
  { requiredKeys: ['kind', 'message', 'details'] },
);

describe('the table of statuses', () => {
  test('each kind has a status of its own', () => {
    expect(new Set(Object.values(statusOfKind)).size).toBe(faultKinds.length);
    expect(Object.values(statusOfKind)).not.toContain(status.OK);
  });

  test('a status alone, without the fault, still gives the kind', () => {
    for (const kind of faultKinds) {
      const code = statusOfKind[kind];
      expect(faultOfStatus({ code, details: 'd', metadata: new Metadata() })).toMatchObject({ kind, message: 'd' });
    }
  });

  test('every status there is gives some kind', () => {
    const codes = Object.values(status).filter((code) => typeof code === 'number' && code !== status.OK) as status[];
    for (const code of codes) expect(faultKinds).toContain(faultOfStatus({ code, details: '' }).kind);
  });

  test('a trailer that cannot be read counts as none', () => {
    const metadata = new Metadata();
    metadata.set(faultTrailer, Buffer.from([0x0a]));
    expect(faultOfStatus({ code: status.NOT_FOUND, details: 'gone', metadata })).toMatchObject({ kind: 'not_found' });
  });

  test('any fault survives the way through a status', () => {
    fc.assert(fc.property(anyFault, (fault) => expect(faultOfStatus(statusOfFault(fault))).toEqual(fault)));
  });
});

describe('faults as messages', () => {
  test('any fault survives, but for its cause', () => {
    fc.assert(
      fc.property(anyFault, (fault) => {
        expect(faultFromMessage(faultToMessage({ ...fault, cause: new Error('secret') }))).toEqual(fault);
      }),
    );
  });

  test('times to wait are made whole and kept in range', () => {
    const waits = [-1, 0.2, 1e12].map((retryAfterMs) => {
      return faultToMessage({ kind: 'limited', message: '', details: {}, retryAfterMs }).retryAfterMs;
    });
    expect(waits).toEqual([0, 1, 0xffff_ffff]);
  });

  test('a kind from a newer sender is internal', () => {
    const message = { kind: 99 as FaultKind, message: 'new', details: {} };
    expect(faultFromMessage(message)).toMatchObject({ kind: 'internal', message: 'new' });
  });
});
