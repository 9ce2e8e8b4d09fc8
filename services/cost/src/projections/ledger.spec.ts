import { describe, expect, test } from '@jest/globals';
import type { EventDraft } from '@waybill/event-log';
import { catchUp, type Document, encodeDocument, memoryProjectionStore } from '@waybill/projections';
import { arrayReader } from '../testing/array-reader.ts';
import { asStored, type CallFacts, callEvents, holdPicoUsd, plainCall } from '../testing/call-events.ts';
import { testAnyCalls } from '../testing/calls.ts';
import { chainHash, chainStart } from './chain.ts';
import { type EntryDocument, type HeadDocument, ledgerProjection } from './ledger.ts';

async function fold(drafts: readonly EventDraft[], batchSize = 100) {
  const partition = await memoryProjectionStore().open(ledgerProjection);
  await catchUp({ projection: ledgerProjection, reader: arrayReader(asStored(drafts)), partition, batchSize });
  const read = async (collection: string) =>
    new Map((await partition.find(collection)).map(({ key, document }) => [key, document] as const));
  const [entries, accounts, clearing, doubts, head] = await Promise.all(
    ['entries', 'accounts', 'clearing', 'doubts', 'head'].map(read),
  );
  return {
    entries: [...((entries as Map<string, Document>).values() as Iterable<EntryDocument>)].sort((a, b) =>
      Number(a.ordinal - b.ordinal),
    ),
    balances: Object.fromEntries([...accounts!].map(([name, { balance }]) => [name, balance])),
    clearing: clearing!,
    doubts: doubts!,
    head: head!.get('head') as HeadDocument,
    quarantined: await partition.quarantine(),
    text: textOf([entries!, accounts!, clearing!, doubts!]),
  };
}

function textOf(collections: readonly ReadonlyMap<string, Document>[]): string {
  return collections
    .map((each) => [...each].map(([key, document]) => JSON.stringify(key) + encodeDocument(document)).join())
    .join();
}

function eventsOf(calls: readonly CallFacts[]): EventDraft[] {
  return calls.flatMap(callEvents);
}

describe('one call', () => {
  test('an attempt under way has its hold on the clearing account', async () => {
    const { balances, clearing, head } = await fold(callEvents({ ...plainCall, usage: 'open' }));
    expect(balances).toEqual({ 'held/acme': `-${holdPicoUsd}` });
    expect(clearing.get('call_1:1')).toMatchObject({ balance: `${holdPicoUsd}`, isOpen: true });
    expect(head).toMatchObject({ entries: 1n, spentPicoUsd: '0' });
  });

  test('one that ended is expensed to its tenant and owed to its provider, and nothing is held', async () => {
    const { balances, clearing, head, doubts } = await fold(callEvents(plainCall));
    expect(balances).toEqual({
      'held/acme': '0',
      'expense/acme': '525300000',
      'payable/anthropic': '-525300000',
    });
    expect(clearing.size).toBe(0);
    expect(doubts.size).toBe(0);
    expect(head).toMatchObject({ entries: 2n, spentPicoUsd: '525300000', estimatedPicoUsd: '0' });
  });

  test('its entry has a posting for each line, in the canonical form', async () => {
    const { entries } = await fold(callEvents(plainCall));
    expect(entries[1]!.entry).toBe(
      '["2","ended","call_1:1/ended","1795132860000002","call_1","call_1:1","fast","reported","book-1","",' +
        '[["held/acme","clearing/call_1:1","50000000000","release"],' +
        '["expense/acme","clearing/call_1:1","185100000","input"],' +
        '["expense/acme","clearing/call_1:1","340200000","output"],' +
        '["clearing/call_1:1","payable/anthropic","525300000","owed"]]]',
    );
  });

  test('an estimate keeps what is uncertain on accounts of its own', async () => {
    const { balances, head, doubts } = await fold(callEvents({ ...plainCall, usage: 'estimated' }));
    expect(balances).toMatchObject({ 'uncertain/acme': '49474700000', 'contingent/anthropic': '-49474700000' });
    expect(head).toMatchObject({ estimatedPicoUsd: '525300000', estimatedAttempts: 1n });
    expect(doubts.get('call_1:1')).toMatchObject({ standing: 'estimated', amountPicoUsd: '525300000' });
  });

  test.each([
    ['unknown', 'unknownAttempts'],
    ['unpriced', 'unpricedAttempts'],
  ] as const)('usage that is %s is listed without an amount', async (usage, counter) => {
    const { doubts, head } = await fold(callEvents({ ...plainCall, usage }));
    expect(doubts.get('call_1:1')).toMatchObject({ standing: usage, amountPicoUsd: null });
    expect(head).toMatchObject({ [counter]: 1n, spentPicoUsd: '0' });
  });

  test('a lost attempt is booked at its hold, as an estimate', async () => {
    const { balances, head } = await fold(callEvents({ ...plainCall, usage: 'lost' }));
    expect(balances).toMatchObject({ 'expense/acme': `${holdPicoUsd}`, 'payable/anthropic': `-${holdPicoUsd}` });
    expect(head.estimatedAttempts).toBe(1n);
  });

  test('a correction takes back the whole amount, books the new lines and points at the replaced event', async () => {
    const facts = { ...plainCall, usage: 'estimated', correctedInputTokens: 234 } as const;
    const { balances, doubts, head, entries } = await fold(callEvents(facts));
    expect(balances).toEqual({
      'held/acme': '0',
      'expense/acme': '375300000',
      'payable/anthropic': '-375300000',
      'uncertain/acme': '0',
      'contingent/anthropic': '0',
    });
    expect(doubts.size).toBe(0);
    expect(head).toMatchObject({ spentPicoUsd: '375300000', estimatedPicoUsd: '0', estimatedAttempts: 0n });
    expect(entries).toHaveLength(3);
    const [, kind, , , , , , , , replaces, postings] = JSON.parse(entries[2]!.entry);
    expect([kind, replaces]).toEqual(['corrected', 'call_1:1/ended']);
    expect(postings[0]).toEqual(['payable/anthropic', 'expense/acme', '525300000', 'reversal']);
  });
});

describe('what does not add up', () => {
  test('a hold that is not given back as it was taken stays on the clearing account', async () => {
    const [admitted, started, , ended] = callEvents({ ...plainCall, usage: 'nothing' });
    const unheld = callEvents({ ...plainCall, usage: 'unpriced' })[2]!;
    const { clearing } = await fold([admitted!, started!, unheld, ended!]);
    expect(clearing.get('call_1:1')).toMatchObject({ balance: `${holdPicoUsd}`, isOpen: false });
  });

  test('an event that cannot be read is put in quarantine', async () => {
    const [admitted, started] = callEvents(plainCall);
    const broken = { ...started!, payload: Buffer.from([255, 255]) };
    const { quarantined, head } = await fold([admitted!, broken]);
    expect(quarantined.map(({ eventId }) => eventId)).toEqual(['call_1:1/started']);
    expect(head).toBeUndefined();
  });
});

describe('any calls', () => {
  testAnyCalls(
    'debits equal credits and ended attempts leave nothing behind, at every prefix',
    async (calls, [cut]) => {
      const drafts = eventsOf(calls);
      const { balances, clearing } = await fold(drafts.slice(0, cut! % (drafts.length + 1)));
      const open = [...clearing.values()];
      expect(open.every(({ isOpen }) => isOpen)).toBe(true);
      const all = [...Object.values(balances), ...open.map(({ balance }) => balance)];
      expect(all.reduce<bigint>((sum, balance) => sum + BigInt(balance as string), 0n)).toBe(0n);
    },
  );

  testAnyCalls('repeated events, in whatever batches, change nothing', async (calls, choices) => {
    const drafts = eventsOf(calls);
    const repeated = drafts.flatMap((draft, index) => {
      const again = choices.filter((choice) => choice % drafts.length === index);
      return [draft, ...again.map((choice) => drafts[choice % (index + 1)]!)];
    });
    const [once, twice] = [await fold(drafts), await fold(repeated, 1 + (choices[0]! % 7))];
    expect(repeated.length).toBe(drafts.length + choices.length);
    expect(twice.text).toBe(once.text);
    expect(twice.head.hash).toBe(once.head.hash);
  });

  testAnyCalls('each hash is made of the one before and the entry, from 64 zeros on', async (calls) => {
    const { entries, head } = await fold(eventsOf(calls));
    const last = entries.reduce((previous, { entry, hash }) => {
      expect(hash).toBe(chainHash(previous, entry));
      return hash;
    }, chainStart);
    expect(head.hash).toBe(last);
  });

  testAnyCalls('no float gets into a document', async (calls) => {
    const { text } = await fold(eventsOf(calls));
    const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
    expect(bare).not.toMatch(/\d/);
  });
});
