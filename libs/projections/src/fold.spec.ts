import { describe, expect, test } from '@jest/globals';
import { Envelope } from '@waybill/contracts';
import type { StoredEvent } from '@waybill/event-log';
import { foldBatch, loadPlanned, planBatch } from './fold.ts';
import type { Document, Projection, WorkingSet } from './ports.ts';
import { tallyEvent, tallyLog, tallyProjection } from './testing/tally.ts';

const limits = { poisonInRow: 0, maxPoisonInRow: 3 };

function fold(projection: Projection, events: readonly StoredEvent[], foldLimits = limits) {
  return foldBatch(projection, planBatch(projection, events), [], foldLimits);
}

function projectionThat(apply: (documents: WorkingSet, event: StoredEvent) => void): Projection {
  return {
    ...tallyProjection,
    collections: [{ name: 'note', indexes: [['by']] }],
    reads: () => [{ collection: 'note', key: 'read' }],
    apply: (event, documents) => apply(documents, event),
  };
}

describe('a folded batch', () => {
  test('writes each document once, as it is at the end', () => {
    const { writes, taken } = fold(tallyProjection, [tallyEvent(0), tallyEvent(7), tallyEvent(14)]);
    const tally = writes.filter(({ collection }) => collection === 'project');
    expect(tally).toEqual([
      { collection: 'project', key: 'project-0', document: { project: 'project-0', issued: 2n, last: 'key-7' } },
    ]);
    expect(taken).toHaveLength(3);
  });

  test('starts from the documents that were loaded', () => {
    const loaded = [{ collection: 'project', key: 'project-0', document: { project: 'p', issued: 40n, last: '' } }];
    const { writes } = foldBatch(tallyProjection, planBatch(tallyProjection, [tallyEvent(0)]), loaded, limits);
    expect(writes[0]!.document).toMatchObject({ issued: 41n });
  });

  test('does not write what came and went in it, but deletes what may have been there', () => {
    const passing = projectionThat((documents, { position }) => {
      for (const key of ['read', 'unread']) {
        if (position === 1n) documents.put('note', key, {});
        else documents.delete('note', key);
      }
    });
    const events = [1n, 2n].map((position) => ({ ...tallyEvent(0), position }));
    const absent = [{ collection: 'note', key: 'read', document: undefined }];
    const write = (key: string) => ({ collection: 'note', key, document: undefined });
    expect(foldBatch(passing, planBatch(passing, events), absent, limits).writes).toEqual([write('unread')]);
    const there = [{ collection: 'note', key: 'read', document: {} }];
    const { writes } = foldBatch(passing, planBatch(passing, events), there, limits);
    expect(writes).toEqual([write('read'), write('unread')]);
  });

  test('loads each document once', async () => {
    const asked: string[] = [];
    const getMany = async (keys: readonly { key: string }[]) => {
      asked.push(...keys.map(({ key }) => key));
      return [];
    };
    await loadPlanned({ getMany }, planBatch(tallyProjection, [tallyEvent(0), tallyEvent(7), tallyEvent(1)]));
    expect(asked).toEqual(['project-0', 'project-1']);
  });
});

describe('a poison event', () => {
  test('leaves nothing of what it did, and goes to quarantine with all its bytes', () => {
    const events = [...tallyLog(1), tallyEvent(1, 1), tallyEvent(2)];
    const { writes, quarantined, poisonInRow } = fold(tallyProjection, events);
    const key = writes.find(({ key }) => key === 'key-0')!.document;
    expect(key).toMatchObject({ revoked: false });
    expect(quarantined).toMatchObject([
      { position: 3n, eventId: 'event-1', reason: expect.stringContaining('cannot') },
    ]);
    expect(Envelope.decode(quarantined[0]!.envelope)).toEqual(Envelope.fromPartial(events[1]!.envelope));
    expect(poisonInRow).toBe(0);
  });

  test.each([
    ['a payload that is none', { payload: Buffer.from([0xff, 0xff]) }, 'payload'],
    ['a version from the future', { version: 2 }, 'up to version 1'],
  ])('is one with %s', (_, change, reason) => {
    const good = tallyEvent(0);
    const { quarantined, writes } = fold(tallyProjection, [{ ...good, envelope: { ...good.envelope, ...change } }]);
    expect(quarantined[0]!.reason).toContain(reason);
    expect(writes).toEqual([]);
  });

  test.each<[string, (documents: WorkingSet) => void, string]>([
    ['looks at a document it did not name', (documents) => documents.get('note', 'other'), 'note/other'],
    ['writes to no collection', (documents) => documents.put('nothing', 'a', {}), 'no collection nothing'],
    ['writes a number that is none', (documents) => documents.put('note', 'a', { n: Number.NaN }), 'n is NaN'],
    ['writes more than an int64', (documents) => documents.put('note', 'a', { big: 2n ** 63n }), 'big'],
    ['indexes a number', (documents) => documents.put('note', 'a', { by: 5 }), 'indexed field by'],
    ['writes a date', (documents) => documents.put('note', 'a', { at: new Date(0) as unknown as null }), 'Date'],
    ['writes an amount that may be rounded', (documents) => documents.put('note', 'a', { aPicoUsd: 5 }), 'aPicoUsd'],
    ['writes an instant so, in a list', (documents) => documents.put('note', 'a', { atMicros: [5] }), 'atMicros'],
    ['nests without end', (documents) => documents.put('note', 'a', nested(101)), 'nested more than 100 deep'],
    ['writes under no key', (documents) => documents.put('note', '', {}), 'no document key'],
  ])('is one that %s', (_, apply, reason) => {
    const { quarantined, writes } = fold(projectionThat(apply), [tallyEvent(0)]);
    expect(quarantined[0]!.reason).toContain(reason);
    expect(writes).toEqual([]);
  });

  test('is one that changes a document in place', () => {
    const changing = projectionThat((documents) => {
      const note = documents.get<Document & { list: string[] }>('note', 'read');
      if (note) note.list.push('sneaked in');
      else documents.put('note', 'read', { list: [] });
    });
    const { quarantined, writes } = fold(changing, tallyLog(2));
    expect(quarantined).toMatchObject([{ position: 3n, reason: expect.stringContaining('TypeError') }]);
    expect(writes).toEqual([{ collection: 'note', key: 'read', document: { list: [] } }]);
  });

  test('halts the fold when there are too many in a row', () => {
    const poisonFrom = [tallyEvent(0), ...[1, 2, 3, 4].map((n) => tallyEvent(n, 1))];
    const { halted, taken, quarantined } = fold(tallyProjection, poisonFrom);
    expect({ halted, taken: taken.length, quarantined: quarantined.length }).toEqual({
      halted: true,
      taken: 4,
      quarantined: 3,
    });
    expect(fold(tallyProjection, [tallyEvent(1, 1)], { ...limits, poisonInRow: 3 }).halted).toBe(true);
  });
});

function nested(depth: number): Document {
  return depth === 0 ? {} : { nested: nested(depth - 1) };
}
