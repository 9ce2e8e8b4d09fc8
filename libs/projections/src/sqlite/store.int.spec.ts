import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { projectionStoreContract } from '../contract.ts';
import type { ProjectionStore } from '../ports.ts';
import type { Durability } from './database.ts';
import { openSqliteProjectionStore } from './store.ts';

projectionStoreContract('the SQLite store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-projections-'));
  const open = () => openSqliteProjectionStore({ file: join(folder, 'projections.sqlite'), durability: 'process' });
  let store: ProjectionStore = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the SQLite store', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-projections-'));
    file = join(folder, 'projections.sqlite');
  });
  const opened: ProjectionStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(folder, { recursive: true });
  });

  async function openStore(durability: Durability = 'process'): Promise<ProjectionStore> {
    const store = await openSqliteProjectionStore({ file, durability });
    opened.push(store);
    return store;
  }

  const definition = { name: 'orders', version: 1, collections: [{ name: 'order', indexes: [['placedAt']] }] };

  test('names the file and the fix when it is no database', async () => {
    await writeFile(file, 'this is not a database, however long it goes on and on'.repeat(100));
    const opening = openSqliteProjectionStore({ file, durability: 'process' });
    await expect(opening).rejects.toMatchObject({
      fault: {
        kind: 'unavailable',
        message: expect.stringMatching(/projections\.sqlite.*not a database.*move it away/),
      },
    });
  });

  test('refuses a file of a newer program', async () => {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const opening = openSqliteProjectionStore({ file, durability: 'process' });
    await expect(opening).rejects.toMatchObject({ fault: { message: expect.stringContaining('newer version') } });
  });

  test('is a fault when its folder is missing, and when it is used after close', async () => {
    const missing = openSqliteProjectionStore({ file: join(folder, 'no/such/file'), durability: 'power' });
    await expect(missing).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
    const store = await openStore('power');
    const partition = await store.open(definition);
    await store.close();
    await store.close();
    await expect(partition.checkpoint()).rejects.toMatchObject({ fault: { kind: 'unavailable' } });
  });

  test('undoes a commit that fails half-way and can be used afterwards', async () => {
    const store = await openStore();
    const partition = await store.open(definition);
    const commit = {
      expectedCheckpoint: 0n,
      checkpoint: 1n,
      writes: [
        { collection: 'order', key: 'good', document: { placedAt: 1n } },
        { collection: 'order', key: 'bad', document: { placedAt: 2n ** 64n } },
      ],
      quarantined: [],
    };
    await expect(partition.commit(commit)).rejects.toMatchObject({ fault: { kind: 'internal' } });
    expect(await partition.checkpoint()).toBe(0n);
    expect(await partition.find('order')).toEqual([]);
    expect(await partition.commit({ ...commit, writes: commit.writes.slice(0, 1) })).toBe(true);
  });

  test('finds by an index, not by looking at every document', async () => {
    const store = await openStore();
    await store.open(definition);
    await store.close();
    const database = new DatabaseSync(file);
    const plan = database
      .prepare(
        `EXPLAIN QUERY PLAN SELECT key FROM "orders@1/order" WHERE "$placedAt" >= 1 ORDER BY "$placedAt" DESC, key DESC`,
      )
      .all();
    database.close();
    expect(plan.map(({ detail }) => detail).join()).toMatch(/^SEARCH .* USING (COVERING )?INDEX orders@1\/order#0/);
  });

  test('does not hold up the event loop while it commits much', async () => {
    const store = await openStore();
    const partition = await store.open(definition);
    const writes = Array.from({ length: 20_000 }, (_, n) => ({
      collection: 'order',
      key: `order-${n}`,
      document: { placedAt: BigInt(n) },
    }));
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 1);
    await partition.commit({ expectedCheckpoint: 0n, checkpoint: 1n, writes, quarantined: [] });
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(2);
  });
});
