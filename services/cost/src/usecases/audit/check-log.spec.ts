import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from '@waybill/event-log';
import { driftList } from '../../core/drift.ts';
import { arrayReader } from '../../testing/array-reader.ts';
import { asStored, callEvents, plainCall } from '../../testing/call-events.ts';
import { testAnyCalls } from '../../testing/calls.ts';
import { checkLog } from './check-log.ts';

async function driftsOf(stored: readonly StoredEvent[]): Promise<string[]> {
  const drifts = driftList(100);
  await checkLog(arrayReader(stored), stored.at(-1)?.position ?? 0n, drifts.report);
  return drifts.first.map(({ check, subject, message }) => `${check} ${subject}: ${message}`);
}

const [admitted, started, ended, callEnded] = callEvents(plainCall);

describe('a log', () => {
  testAnyCalls('of any calls is in order', async (calls) => {
    expect(await driftsOf(asStored(calls.flatMap(callEvents)))).toEqual([]);
  });

  test('without the end of an attempt whose call has ended is not', async () => {
    expect(await driftsOf(asStored([admitted!, started!, callEnded!]))).toEqual([
      'attempt call_1:1: its call has ended and it has not',
    ]);
  });

  test('with an end without a start is not', async () => {
    expect(await driftsOf(asStored([admitted!, ended!]))).toEqual([
      'attempt call_1:1: ended by call_1:1/ended and was not under way',
    ]);
  });

  test('with two ends of one attempt is not', async () => {
    const again = { ...ended!, eventId: 'call_1:1/ended-again' };
    expect(await driftsOf(asStored([admitted!, started!, ended!, again]))).toEqual([
      'attempt call_1:1: ended by call_1:1/ended-again and was not under way',
    ]);
  });

  test('with an event id twice is not', async () => {
    expect(await driftsOf(asStored([admitted!, admitted!]))).toEqual([
      'event call_1/admitted: the log has this event id twice',
    ]);
  });

  test('with a number missing is not', async () => {
    const [first, , ...rest] = asStored([admitted!, ...callEvents({ ...plainCall, number: 2 })]);
    expect(await driftsOf([first!, ...rest])).toEqual([
      'producer gateway: epoch 0 goes from number 1 to 3 at event call_2:1/started',
    ]);
  });
});
