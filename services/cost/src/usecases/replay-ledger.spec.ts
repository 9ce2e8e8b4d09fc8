import { describe, expect, test } from '@jest/globals';
import { catchUp, memoryProjectionStore } from '@waybill/projections';
import { ledgerProjection } from '../projections/ledger.ts';
import { arrayReader } from '../testing/array-reader.ts';
import { asStored, callEvents, plainCall } from '../testing/call-events.ts';
import { testAnyCalls } from '../testing/calls.ts';
import { readHead } from './get-ledger-head.ts';
import { replayLedger } from './replay-ledger.ts';

describe('a replay', () => {
  testAnyCalls('comes to the same as the live ledger, however the log is cut into batches', async (calls, [choice]) => {
    const stored = asStored(calls.flatMap(callEvents));
    const live = await memoryProjectionStore().open(ledgerProjection);
    await catchUp({ projection: ledgerProjection, reader: arrayReader(stored), partition: live });
    const { books } = await replayLedger({ reader: arrayReader(stored, 1 + (choice! % 9)) });
    expect(books.head()).toEqual(await readHead(live));
    expect(await live.find('accounts')).toHaveLength(books.accounts.size);
    expect(await live.find('doubts')).toHaveLength(books.doubts.size);
  });

  test('of the calls in another order has another hash', async () => {
    const [one, other] = [callEvents(plainCall), callEvents({ ...plainCall, number: 2 })];
    const hashOf = async (drafts: typeof one) =>
      (await replayLedger({ reader: arrayReader(asStored(drafts)) })).books.head().hash;
    expect(await hashOf([...one, ...other])).not.toBe(await hashOf([...other, ...one]));
  });

  test('adds up by provider and model, corrections included', async () => {
    const corrected = { ...plainCall, correctedInputTokens: 234 };
    const drafts = [...callEvents(corrected), ...callEvents({ ...plainCall, number: 2 })];
    const { totals, eventsRead } = await replayLedger({ reader: arrayReader(asStored(drafts)) });
    expect(totals).toEqual([
      { providerId: 'anthropic', modelId: 'fast', amountPicoUsd: 375_300_000n, attempts: 1 },
      { providerId: 'openai', modelId: 'fast', amountPicoUsd: 525_300_000n, attempts: 1 },
    ]);
    expect(eventsRead).toBe(5);
  });

  test('stops at the position it is told', async () => {
    const { eventsRead } = await replayLedger({ reader: arrayReader(asStored(callEvents(plainCall))), until: 2n });
    expect(eventsRead).toBe(1);
  });

  test('names what cannot be booked and goes on', async () => {
    const [admitted, started, ended] = callEvents(plainCall);
    const drafts = [admitted!, { ...started!, payload: Buffer.from([255]) }, ended!];
    const { unbookable, books } = await replayLedger({ reader: arrayReader(asStored(drafts)) });
    expect(unbookable).toMatchObject([{ position: 2n, eventId: 'call_1:1/started' }]);
    expect(books.head().entries).toBe(1n);
  });
});
