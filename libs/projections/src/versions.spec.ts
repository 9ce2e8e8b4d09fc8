import { describe, expect, test } from '@jest/globals';
import type { EventReader } from '@waybill/event-log';
import { catchUp } from './catch-up.ts';
import { compareWithRebuild } from './compare.ts';
import { memoryProjectionStore } from './memory-store.ts';
import type { Projection, ProjectionStore } from './ports.ts';
import { arrayLog } from './testing/array-reader.ts';
import { type Tally, tallyEvent, tallyLog, tallyProjection } from './testing/tally.ts';
import { ensureCurrent, openCurrent } from './versions.ts';

const reader = arrayLog(tallyLog(30, 7));
const first = tallyProjection;
const second: Projection = {
  ...tallyProjection,
  version: 2,
  collections: [...tallyProjection.collections, { name: 'new' }],
};
const third: Projection = { ...second, version: 3 };

describe('versions of a projection', () => {
  test('are built, made current, and replaced', async () => {
    const store = memoryProjectionStore();
    expect(await ensureCurrent({ projection: first, reader, store })).toEqual({
      version: 1,
      previous: undefined,
      events: 30,
      dropped: [],
    });
    expect(await ensureCurrent({ projection: first, reader, store })).toMatchObject({ events: 0, dropped: [] });
    await store.open(second);
    const replaced = await ensureCurrent({ projection: third, reader, store });
    expect(replaced).toEqual({ version: 3, previous: 1, events: 30, dropped: [1, 2] });
    expect(await store.versions('tally')).toEqual([3]);
    expect(await store.currentVersion('tally')).toBe(3);
  });

  test('leave the old one alone when the build fails', async () => {
    const store = memoryProjectionStore();
    await ensureCurrent({ projection: first, reader, store });
    const broken: EventReader = {
      ...reader,
      read() {
        throw new Error('unreadable');
      },
    };
    await expect(ensureCurrent({ projection: second, reader: broken, store })).rejects.toThrow();
    expect(await store.currentVersion('tally')).toBe(1);
    expect(await (await openCurrent(store, first)).find('key', { limit: 1 })).toHaveLength(1);
  });

  test('refuse to go back', async () => {
    const store = memoryProjectionStore();
    await ensureCurrent({ projection: second, reader, store });
    const going = ensureCurrent({ projection: first, reader, store });
    await expect(going).rejects.toMatchObject({ fault: { kind: 'conflict', details: { reason: 'newer_version' } } });
  });

  test('are readable only while current', async () => {
    const store = memoryProjectionStore();
    await expect(openCurrent(store, first)).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
    await ensureCurrent({ projection: first, reader, store });
    await expect(openCurrent(store, second)).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
    expect(await (await openCurrent(store, first)).checkpoint()).toBe(59n);
  });
});

describe('a comparison with a rebuild', () => {
  async function live(): Promise<ProjectionStore> {
    const store = memoryProjectionStore();
    await ensureCurrent({ projection: first, reader, store });
    return store;
  }

  test('finds nothing where nothing is wrong', async () => {
    const compared = await compareWithRebuild({ projection: first, reader, store: await live() });
    expect(compared).toMatchObject({ checkpoint: 59n, differenceCount: 0, differences: [], quarantineDifferences: [] });
    expect(compared.documents).toBeGreaterThan(20);
  });

  test('tells what was changed, lost and added, the first of them in full', async () => {
    const store = await live();
    const partition = await store.open(first);
    const [tally] = await partition.getMany([{ collection: 'project', key: 'project-1' }]);
    const wrong = { ...(tally as Tally), issued: 1000n };
    const writes = [
      { collection: 'project', key: 'project-1', document: wrong },
      { collection: 'key', key: 'key-1', document: undefined },
      { collection: 'key', key: 'stray', document: { project: 'p', issuedAt: 1n } },
    ];
    await partition.commit({ expectedCheckpoint: 59n, checkpoint: 59n, writes, quarantined: [] });
    const compared = await compareWithRebuild({ projection: first, reader, store, limit: 2 });
    expect(compared.differenceCount).toBe(3);
    expect(compared.differences).toHaveLength(2);
    expect(compared.differences[0]).toEqual({ collection: 'project', key: 'project-1', live: wrong, rebuilt: tally });
  });

  test('tells events that only one of the two had to put aside', async () => {
    const store = await live();
    const mended: Projection = {
      ...first,
      apply: (event, documents) => event.position !== 15n && first.apply(event, documents),
    };
    const { quarantineDifferences } = await compareWithRebuild({ projection: mended, reader, store });
    expect(quarantineDifferences).toEqual([15n]);
  });

  test('is not misled by a projection that goes on meanwhile', async () => {
    const store = await live();
    const growing = arrayLog(tallyLog(30, 7));
    const moving: ProjectionStore = {
      ...store,
      async open(definition) {
        const partition = await store.open(definition);
        let number = 30;
        return {
          ...partition,
          async find(collection, query) {
            for (let more = 0; more < 5; more += 1) {
              growing.append(tallyEvent(number, 7));
              number += 1;
            }
            await catchUp({ projection: first, reader: growing, partition });
            return partition.find(collection, query);
          },
        };
      },
    };
    const compared = await compareWithRebuild({ projection: first, reader: growing, store: moving });
    expect(compared).toMatchObject({ differenceCount: 0, quarantineDifferences: [] });
    expect(compared.checkpoint).toBeGreaterThan(59n);
  });
});
