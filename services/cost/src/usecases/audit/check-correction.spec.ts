import { describe, expect, test } from '@jest/globals';
import type { UsageCorrected } from '@waybill/contracts';
import { events, type StoredEvent } from '@waybill/event-log';
import { driftList } from '../../core/drift.ts';
import { asStored, callEvents, plainCall } from '../../testing/call-events.ts';
import { checkCorrection } from './check-correction.ts';

const stream = asStored(callEvents({ ...plainCall, usage: 'estimated', correctedInputTokens: 234 }));
const correction = stream.at(-1)!;
const corrected = events.usageCorrected.decode(correction.envelope);

function driftsOf(change: Partial<UsageCorrected>, given: readonly StoredEvent[] = stream) {
  const drifts = driftList(10);
  const terms = checkCorrection(correction, { ...corrected, ...change }, given, drifts.report);
  return { messages: drifts.first.map(({ message }) => message), terms };
}

describe('a correction', () => {
  test('is fine when it replaces what is current and tells the difference', () => {
    const { messages, terms } = driftsOf({});
    expect(messages).toEqual([]);
    expect(terms).toMatchObject({ modelId: 'fast', priceCard: { priceVersion: 'book-1' } });
  });

  test('must point at the current fact', () => {
    const { messages } = driftsOf({ replacesEventId: 'call_1:1/other' });
    expect(messages).toEqual(['replaces call_1:1/other, and current is call_1:1/ended']);
  });

  test('must tell the difference to it', () => {
    const { messages } = driftsOf({ differencePicoUsd: 5n });
    expect(messages).toEqual(['tells a difference of 5; booked were 525300000 before, 375300000 now']);
  });

  test('must have something to replace', () => {
    const { messages, terms } = driftsOf({}, [correction]);
    expect(messages).toEqual(['replaces call_1:1/ended, and current is nothing']);
    expect(terms).toBeUndefined();
  });
});
