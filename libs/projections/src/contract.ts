// What every projection store keeps. Each adapter's suite calls this once, with a way to open its store.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeDocument } from './document-text.ts';
import type {
  Document,
  DocumentWrite,
  ProjectionCommit,
  ProjectionPartition,
  ProjectionStore,
  Query,
} from './ports.ts';

export interface StoreUnderTest {
  readonly store: ProjectionStore;
  /** Closes the store and opens it again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<ProjectionStore>;
  close(): Promise<void>;
}

const definition = {
  name: 'orders',
  version: 1,
  collections: [{ name: 'order', indexes: [['customer', 'placedAt'], ['placedAt']] }, { name: 'note' }],
} as const;

const someBytes = new Uint8Array([0, 1, 254, 255]);

/** Runs the suite against fresh, empty stores. */
export function projectionStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of projection stores`, () => {
    let underTest: StoreUnderTest;
    let store: ProjectionStore;
    let partition: ProjectionPartition;
    beforeEach(async () => {
      underTest = await open();
      store = underTest.store;
      partition = await store.open(definition);
    });
    afterEach(() => underTest.close());

    describe('documents', () => {
      test('come back exactly as they were', async () => {
        const document = {
          text: 'naïve \u{1f600} "quoted" \u0000 end',
          least: -(2n ** 63n),
          most: 2n ** 63n - 1n,
          fraction: 0.1,
          list: [1n, 'two', null, [true, { bytes: someBytes }]],
          nested: { $int: '5', $bytes: 'no', 'a.b': 1, '': 3 },
        };
        await commit(partition, [put('note', 'one', document)]);
        const [found] = await partition.getMany([{ collection: 'note', key: 'one' }]);
        expect(found).toEqual(document);
      });

      test('come back whatever their fields are called, and with text that is no Unicode', async () => {
        const names = [
          '_id',
          '_bsontype',
          '__proto__',
          'toBSON',
          '$set',
          '%24',
          '%',
          '',
          'a\0b',
          '\ud800',
          'a.b',
          '\u241b0',
        ];
        const named = Object.fromEntries(names.map((name, n) => [name, n]));
        const document = {
          ...named,
          nested: [named],
          half: 'a\udfffb',
          $ref: 'c',
          $id: 'i',
          nan: ['\ud83d', '\ude00'],
        };
        await commit(partition, [put('note', 'one', document)]);
        const [found] = await partition.getMany([{ collection: 'note', key: 'one' }]);
        expect(encodeDocument(found!)).toBe(encodeDocument(document));
      });

      test('come back in the order they were asked for, undefined where there is none', async () => {
        await commit(partition, [put('note', 'a', { n: 1 }), put('note', 'b', { n: 2 }), put('order', 'a', { n: 3 })]);
        const keys = [note('b'), note('missing'), { collection: 'order', key: 'a' }, note('a'), note('b')];
        expect(await partition.getMany(keys)).toEqual([{ n: 2 }, undefined, { n: 3 }, { n: 1 }, { n: 2 }]);
      });

      test('are replaced and deleted', async () => {
        await commit(partition, [put('note', 'a', { n: 1 }), put('note', 'b', { n: 2 })]);
        await commit(partition, [put('note', 'a', { m: 3 }), { collection: 'note', key: 'b', document: undefined }]);
        expect(await partition.getMany([note('a'), note('b')])).toEqual([{ m: 3 }, undefined]);
      });

      test('are copies, whoever changes what', async () => {
        const document = { list: ['kept'] };
        await commit(partition, [put('note', 'a', document)]);
        document.list.push('changed later');
        const [found] = await partition.getMany([note('a')]);
        expect(() => (found as { list: string[] }).list.push('changed by a reader')).toThrow(TypeError);
        expect(await partition.getMany([note('a')])).toEqual([{ list: ['kept'] }]);
      });

      test('of any shape keep their text', async () => {
        await fc.assert(
          fc.asyncProperty(anyDocument, async (document) => {
            await commit(partition, [put('note', 'any', document)]);
            const [found] = await partition.getMany([note('any')]);
            expect(encodeDocument(found!)).toBe(encodeDocument(document));
          }),
          { numRuns: 50 },
        );
      });
    });

    describe('the fence', () => {
      test('starts at 0 and moves with the commit', async () => {
        expect(await partition.checkpoint()).toBe(0n);
        expect(await partition.commit(bare(0n, 2n ** 60n))).toBe(true);
        expect(await partition.checkpoint()).toBe(2n ** 60n);
      });

      test('refuses a commit from another checkpoint and writes nothing of it', async () => {
        await partition.commit(bare(0n, 10n));
        const late = {
          ...bare(0n, 11n),
          writes: [put('note', 'late', { n: 1 })],
          quarantined: [quarantined(11n)],
        };
        expect(await partition.commit(late)).toBe(false);
        expect(await partition.checkpoint()).toBe(10n);
        expect(await partition.find('note')).toEqual([]);
        expect(await partition.quarantine()).toEqual([]);
      });

      test('lets one of many parallel commits through', async () => {
        const racing = Array.from({ length: 20 }, (_, n) =>
          partition.commit({ ...bare(0n, 5n), writes: [put('note', `of-${n}`, { n })] }),
        );
        const results = await Promise.all(racing);
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await partition.find('note')).toHaveLength(1);
      });

      test('holds between two handles of one partition', async () => {
        const other = await store.open(definition);
        expect(await other.commit(bare(0n, 1n))).toBe(true);
        expect(await partition.commit(bare(0n, 2n))).toBe(false);
      });
    });

    test('quarantine keeps events in full, in order', async () => {
      const events = [quarantined(3n), quarantined(7n)];
      await partition.commit({ ...bare(0n, 7n), quarantined: events });
      await partition.commit({ ...bare(7n, 9n), quarantined: [quarantined(9n)] });
      expect(await partition.quarantine()).toEqual([...events, quarantined(9n)]);
    });

    describe('queries', () => {
      const order = (customer: string | undefined, placedAt: bigint | undefined, n = 0): Document => ({
        ...(customer === undefined ? {} : { customer }),
        ...(placedAt === undefined ? {} : { placedAt }),
        n,
      });
      const keysOf = async (query?: Query) => (await partition.find('order', query)).map(({ key }) => key);
      beforeEach(() =>
        commit(partition, [
          put('order', 'd', order('ann', 9n)),
          put('order', 'a', order('ann', 10n)),
          put('order', 'c', order('bob', -5n)),
          put('order', 'b', order('ann', 2n ** 62n)),
          put('order', 'e', order('Zoe', 9n)),
          put('order', 'f', order(undefined, undefined)),
        ]),
      );

      test('give everything by key', async () => {
        expect(await keysOf()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
        expect(await partition.find('note')).toEqual([]);
      });

      test('give pages by key', async () => {
        expect(await keysOf({ limit: 2 })).toEqual(['a', 'b']);
        expect(await keysOf({ limit: 3, afterKey: 'b' })).toEqual(['c', 'd', 'e']);
        expect(await keysOf({ afterKey: 'f' })).toEqual([]);
      });

      test('select by equal fields', async () => {
        expect(await keysOf({ where: { customer: 'ann' } })).toEqual(['a', 'b', 'd']);
        expect(await keysOf({ where: { customer: 'ann', placedAt: 9n } })).toEqual(['d']);
        expect(await keysOf({ where: { customer: 'nobody' } })).toEqual([]);
        expect(await keysOf({ where: { customer: null } })).toEqual(['f']);
      });

      test('select by ranges that include both ends', async () => {
        expect(await keysOf({ range: { field: 'placedAt', from: 9n, to: 10n } })).toEqual(['a', 'd', 'e']);
        expect(await keysOf({ range: { field: 'placedAt', from: 10n } })).toEqual(['a', 'b']);
        expect(await keysOf({ range: { field: 'placedAt', to: -5n } })).toEqual(['c']);
        expect(await keysOf({ where: { customer: 'ann' }, range: { field: 'placedAt', to: 10n } })).toEqual(['a', 'd']);
      });

      test('have all text after all bigints, in ranges as well', async () => {
        await commit(partition, [put('order', 'g', { placedAt: 'noon' })]);
        expect(await keysOf({ range: { field: 'placedAt', from: 10n } })).toEqual(['a', 'b', 'g']);
        expect(await keysOf({ range: { field: 'placedAt', from: 'n' } })).toEqual(['g']);
        expect(await keysOf({ range: { field: 'placedAt', to: 'a' } })).toEqual(['a', 'b', 'c', 'd', 'e']);
        expect(await keysOf({ range: { field: 'placedAt', to: 9n } })).toEqual(['c', 'd', 'e']);
        expect(await keysOf({ orderBy: { field: 'placedAt', descending: true }, limit: 2 })).toEqual(['g', 'b']);
      });

      test('sort bigints by value, equals by key, nothing first', async () => {
        expect(await keysOf({ orderBy: { field: 'placedAt' } })).toEqual(['f', 'c', 'd', 'e', 'a', 'b']);
        const descending = { orderBy: { field: 'placedAt', descending: true } };
        expect(await keysOf(descending)).toEqual(['b', 'a', 'e', 'd', 'c', 'f']);
        expect(await keysOf({ ...descending, limit: 2 })).toEqual(['b', 'a']);
        expect(await keysOf({ where: { customer: 'ann' }, orderBy: { field: 'placedAt' } })).toEqual(['d', 'a', 'b']);
      });

      test('sort text and keys by UTF-8 bytes', async () => {
        const astral = '\u{1f600}';
        const high = '\uffee';
        await commit(partition, [put('order', high, order(high, 1n)), put('order', astral, order(astral, 1n))]);
        const sorted = await keysOf({ orderBy: { field: 'customer' } });
        expect(sorted.slice(1)).toEqual(['e', 'a', 'b', 'd', 'c', high, astral]);
        expect(await keysOf({ afterKey: 'f' })).toEqual([high, astral]);
      });

      test('follow replaced and deleted documents', async () => {
        await commit(partition, [
          put('order', 'a', order('bob', 11n)),
          { collection: 'order', key: 'd', document: undefined },
        ]);
        expect(await keysOf({ where: { customer: 'ann' } })).toEqual(['b']);
        expect(await keysOf({ where: { customer: 'bob' } })).toEqual(['a', 'c']);
      });

      test('are refused when they name what is not declared', async () => {
        const invalid = { fault: { kind: 'invalid' } };
        await expect(partition.find('order', { where: { n: 0n } })).rejects.toMatchObject(invalid);
        await expect(partition.find('order', { orderBy: { field: 'n' } })).rejects.toMatchObject(invalid);
        await expect(partition.find('order', { where: { placedAt: 1 } })).rejects.toMatchObject(invalid);
        const both = { afterKey: 'a', orderBy: { field: 'placedAt' } };
        await expect(partition.find('order', both)).rejects.toMatchObject(invalid);
        await expect(partition.find('nothing')).rejects.toMatchObject(invalid);
        await expect(partition.getMany([{ collection: 'nothing', key: 'a' }])).rejects.toMatchObject(invalid);
      });
    });

    describe('versions', () => {
      const second = { ...definition, version: 2 };

      test('have documents and a checkpoint of their own', async () => {
        const other = await store.open(second);
        await commit(partition, [put('note', 'a', { n: 1 })]);
        expect(await other.checkpoint()).toBe(0n);
        expect(await other.find('note')).toEqual([]);
        expect(await store.versions('orders')).toEqual([1, 2]);
        expect(await store.versions('others')).toEqual([]);
      });

      test('become current when told so', async () => {
        expect(await store.currentVersion('orders')).toBeUndefined();
        expect(await store.makeCurrent('orders', 1, undefined)).toBe(true);
        expect(await store.makeCurrent('orders', 2, 1)).toBe(true);
        expect(await store.currentVersion('orders')).toBe(2);
        expect(await store.currentVersion('others')).toBeUndefined();
      });

      test('do not become current when another one has meanwhile', async () => {
        expect(await store.makeCurrent('orders', 2, 1)).toBe(false);
        expect(await store.currentVersion('orders')).toBeUndefined();
        const racing = await Promise.all([1, 2, 3].map((version) => store.makeCurrent('orders', version, undefined)));
        expect(racing.filter(Boolean)).toHaveLength(1);
        const current = racing.indexOf(true) + 1;
        expect(await store.currentVersion('orders')).toBe(current);
        expect(await store.makeCurrent('orders', 9, current + 1)).toBe(false);
        expect(await store.makeCurrent('orders', 9, undefined)).toBe(false);
        expect(await store.currentVersion('orders')).toBe(current);
      });

      test('are dropped for good, and only they', async () => {
        const other = await store.open(second);
        await commit(partition, [put('note', 'a', { n: 1 })]);
        await commit(other, [put('note', 'a', { n: 2 })]);
        await partition.commit({ ...bare(1n, 2n), quarantined: [quarantined(2n)] });
        await (await store.open({ ...definition, collections: [] })).drop();
        expect(await partition.commit(bare(2n, 3n))).toBe(false);
        const gone = { fault: { kind: 'not_found' } };
        await expect(partition.checkpoint()).rejects.toMatchObject(gone);
        await expect(partition.getMany([note('a')])).rejects.toMatchObject(gone);
        await expect(partition.find('note')).rejects.toMatchObject(gone);
        expect(await store.versions('orders')).toEqual([2]);
        expect(await other.getMany([note('a')])).toEqual([{ n: 2 }]);
        const again = await store.open(definition);
        expect(await again.checkpoint()).toBe(0n);
        expect(await again.find('note')).toEqual([]);
        expect(await again.quarantine()).toEqual([]);
        expect(await partition.commit(bare(0n, 1n))).toBe(false);
      });

      test('refuse other collections under the same number', async () => {
        const changed = { ...definition, collections: [{ name: 'order', indexes: [['placedAt']] }, { name: 'note' }] };
        await expect(store.open(changed)).rejects.toMatchObject({ fault: { kind: 'conflict' } });
      });
    });

    test('what was committed is there when the store is opened again', async () => {
      await commit(partition, [put('note', 'a', { n: 5n })]);
      await store.makeCurrent('orders', 1, undefined);
      if (!underTest.reopen) return;
      const again = await underTest.reopen();
      const reopened = await again.open(definition);
      expect(await reopened.checkpoint()).toBe(1n);
      expect(await reopened.getMany([note('a')])).toEqual([{ n: 5n }]);
      expect(await again.currentVersion('orders')).toBe(1);
    });
  });
}

/** Any document, without negative zero, whose equality nobody means. */
const anyDocument: fc.Arbitrary<Document> = fc.letrec<{ value: unknown; document: Document }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value')),
    tie('document'),
  ),
  document: fc.dictionary(fc.string(), tie('value')) as fc.Arbitrary<Document>,
})).document;

function put(collection: string, key: string, document: Document): DocumentWrite {
  return { collection, key, document };
}

function note(key: string) {
  return { collection: 'note', key };
}

function bare(expectedCheckpoint: bigint, checkpoint: bigint): ProjectionCommit {
  return { expectedCheckpoint, checkpoint, writes: [], quarantined: [] };
}

function quarantined(position: bigint) {
  return { position, eventId: `event-${position}`, type: 'a.Type', envelope: someBytes, reason: 'it threw' };
}

/** Commits the writes, one position further. */
async function commit(partition: ProjectionPartition, writes: readonly DocumentWrite[]): Promise<void> {
  const from = await partition.checkpoint();
  expect(await partition.commit({ ...bare(from, from + 1n), writes })).toBe(true);
}
