import { expect, test } from '@jest/globals';
import { Admission } from '@waybill/contracts';
import { spanLeftMs, stillHolds } from './admitted.ts';

const longAgo = 1n;
const farAway = 1n << 60n;

test.each([
  ['within its span', { validForMs: 100, notAfterMicros: longAgo }, 99, true],
  ['after its span, whatever the time of day', { validForMs: 100, notAfterMicros: farAway }, 100, false],
  ['by the time of day where it names no span', { validForMs: 0, notAfterMicros: farAway }, 10_000, true],
  ['too late by the time of day where it names no span', { validForMs: 0, notAfterMicros: longAgo }, 1, false],
])('an admission %s', (_name, given, elapsedMs, holds) => {
  const admitted = { admission: Admission.fromPartial(given), askedAtMs: 1_000 };
  expect(stillHolds(admitted, { nowMicros: 50n, steadyMs: 1_000 + elapsedMs })).toBe(holds);
});

test.each([
  [100, 40.5, 59],
  [100, 99.9, 1],
  [0, 5, 0],
])('of %d ms, %d ms after it was asked for, %d are left', (validForMs, elapsedMs, leftMs) => {
  const admitted = { admission: Admission.fromPartial({ validForMs }), askedAtMs: 7 };
  expect(spanLeftMs(admitted, { steadyMs: 7 + elapsedMs })).toBe(leftMs);
});
