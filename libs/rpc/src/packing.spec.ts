import { expect, test } from '@jest/globals';
import { AdmitRequest, AttemptRequest, AttemptResponse } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import fc from 'fast-check';
import { admitRequest, attemptRequest, attemptResult } from './contract/messages.ts';
import { copyPacking, wirePacking } from './packing.ts';
import type { MessageCodec } from './ports.ts';

const copies = copyPacking(1e9);
const wire = wirePacking(1e9);

test.each<[string, MessageCodec<unknown>, unknown]>([
  ['a request', AdmitRequest, admitRequest()],
  ['a request with bytes', AttemptRequest, attemptRequest()],
  ['an answer', AttemptResponse, attemptResult()],
])('a copy is what encoding and decoding gives: %s', (_name, codec, message) => {
  expect(copies.unpack(codec, copies.pack(codec, message))).toEqual(wire.unpack(codec, wire.pack(codec, message)));
  expect(copies.unpack(codec, copies.pack(codec, message))).toEqual(message);
});

test('any bytes are copied, wherever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const message = attemptRequest(bytes);
      const copy = copies.pack(AttemptRequest, message);
      expect(copy).toEqual(message);
      for (const field of byteFields(copy)) field.set(field.map((byte) => byte ^ 255));
      expect(message).toEqual(attemptRequest(bytes));
      expect(byteFields(copy)).toHaveLength(1);
    }),
  );
});

test('a message beyond the limit is refused by both, with its size', () => {
  const large = { ...admitRequest(), callId: 'x'.repeat(5_000) };
  for (const packing of [copyPacking(4_000), wirePacking(4_000)]) {
    expect(() => packing.pack(AdmitRequest, large)).toThrow(FaultError);
    expect(() => packing.pack(AdmitRequest, admitRequest())).not.toThrow();
  }
});

test('bytes that are no message are invalid', () => {
  expect(() => wire.unpack(AdmitRequest, new Uint8Array([0x0a, 0x7f]))).toThrow('cannot be decoded');
});

function byteFields(message: unknown): Uint8Array[] {
  if (message instanceof Uint8Array) return [message];
  return typeof message === 'object' && message !== null ? Object.values(message).flatMap(byteFields) : [];
}
