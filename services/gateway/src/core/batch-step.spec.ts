import { describe, expect, test } from '@jest/globals';
import { arrivalMicros, longestMicros, nextBatchStep, nextLookMs } from './batch-step.ts';

const second = 1_000_000n;
const opened = { openedAtMicros: 1_000n * second, submittingAtMicros: 0n, upstreamBatchId: '' };
const submitting = { ...opened, submittingAtMicros: 1_001n * second };
const at = (nowMicros: bigint, mayBeSent = false) => ({ nowMicros, mayBeSent });
const soon = 1_002n * second;

describe('the next step of a batch', () => {
  test('is none while whoever opened it may still send it', () => {
    expect(nextBatchStep(opened, at(soon, true))).toEqual({ kind: 'wait' });
    expect(nextBatchStep(submitting, at(soon, true))).toEqual({ kind: 'wait' });
  });

  test('ends what never left, and looks up what may have', () => {
    expect(nextBatchStep(opened, at(soon))).toEqual({ kind: 'give_up' });
    expect(nextBatchStep(submitting, at(soon))).toEqual({ kind: 'look_up', isLate: false });
  });

  test('takes a batch for not arrived only when nothing can be on its way any more', () => {
    const late = submitting.submittingAtMicros + arrivalMicros;
    expect(nextBatchStep(submitting, at(late))).toEqual({ kind: 'look_up', isLate: false });
    expect(nextBatchStep(submitting, at(late + 1n))).toEqual({ kind: 'look_up', isLate: true });
  });

  test('polls what the provider has, whoever sent it, and not for ever', () => {
    const there = { ...submitting, upstreamBatchId: 'msgbatch_1' };
    const end = opened.openedAtMicros + longestMicros;
    expect(nextBatchStep(there, at(soon, true))).toEqual({ kind: 'poll' });
    expect(nextBatchStep(there, at(end))).toEqual({ kind: 'poll' });
    expect(nextBatchStep(there, at(end + 1n))).toEqual({ kind: 'lose' });
  });
});

test('looks grow rarer with the age of a batch, between a second and a minute', () => {
  const afterMs = (ageSeconds: bigint) => nextLookMs(opened, opened.openedAtMicros + ageSeconds * second);
  expect([0n, 20n, 100n, 1_200n, 86_400n].map(afterMs)).toEqual([1_000, 1_000, 5_000, 60_000, 60_000]);
});
