import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { faultFrom, readAll, storedIds } from '../contract/log-under-test.ts';
import { openTemporaryEventLog } from '../contract.ts';
import { openSqliteEventLog } from './sqlite-event-log.ts';
import { openSqliteEventReader } from './sqlite-event-reader.ts';

const clock = { nowMicros: () => 1_763_600_000_000_000n, monotonicMs: () => 0 };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-event-log-'));
  file = join(folder, 'data', 'events.sqlite');
});

afterEach(() => rm(folder, { recursive: true }));

const open = () => openSqliteEventLog({ file, durability: 'process', clock });

async function makeLog(...ids: string[]): Promise<void> {
  const log = await open();
  await (await log.openProducer('gateway')).append(ids.map((id) => draft(id)));
  await log.close();
}

describe('the folder', () => {
  test('is for one writer at a time, and free again when that has closed', async () => {
    const log = await open();
    const fault = await faultFrom(open());
    expect(fault).toMatchObject({ kind: 'conflict', details: { owner_pid: String(process.pid) } });
    expect(fault.message).toContain(join(folder, 'data'));
    expect(fault.message).toContain(String(process.pid));
    await log.close();
    await (await open()).close();
  });

  test('is free again when opening has failed', async () => {
    await makeLog('a');
    await writeFile(file, 'not a database, but long enough to be looked at as one by anybody who cares');
    await faultFrom(open());
    await rm(file);
    await (await open()).close();
  });

  test('holds no write-ahead log after a good end', async () => {
    await makeLog('a');
    expect((await readdir(join(folder, 'data'))).sort()).toEqual(['events.sqlite', 'writer.lock']);
  });
});

describe('a file that cannot be used', () => {
  test.each(['log', 'reader'])('is named with the fix when it is no database (%s)', async (who) => {
    await makeLog('a');
    await writeFile(file, 'not a database, but long enough to be looked at as one by anybody who cares'.repeat(90));
    const fault = await faultFrom(who === 'log' ? open() : openSqliteEventReader(file));
    expect(fault).toMatchObject({ kind: 'invalid', details: { file } });
    expect(fault.message).toContain('restore it from a backup');
  });

  test('is named when it has been cut off', async () => {
    await makeLog(...Array.from({ length: 200 }, (_, index) => `event-${index}`));
    await truncate(file, 9_000);
    const fault = await faultFrom(open());
    expect(fault).toMatchObject({ kind: 'invalid', details: { file } });
  });

  test.each(['log', 'reader'])('is named when a newer version wrote it (%s)', async (who) => {
    await makeLog('a');
    withDatabase((database) => database.exec('PRAGMA user_version = 99'));
    const fault = await faultFrom(who === 'log' ? open() : openSqliteEventReader(file));
    expect(fault).toMatchObject({ kind: 'invalid', details: { file } });
    expect(fault.message).toContain('format 99');
  });

  test("is named and left alone when it is another program's", async () => {
    await makeLog('a');
    await rm(file);
    withDatabase((database) => database.exec('CREATE TABLE theirs (x)'));
    expect((await faultFrom(open())).message).toContain('is not an event log of Waybill');
    const mode = withDatabase((database) => database.prepare('PRAGMA journal_mode').get());
    expect(mode).toMatchObject({ journal_mode: 'delete' });
  });

  test('is named when a folder stands in its place or above it is a file', async () => {
    expect(await faultFrom(openSqliteEventLog({ file: folder, durability: 'power', clock }))).toMatchObject({
      kind: 'unavailable',
      details: { file: folder },
    });
    await writeFile(join(folder, 'plain'), '');
    const below = join(folder, 'plain', 'events.sqlite');
    expect((await faultFrom(openSqliteEventLog({ file: below, durability: 'power', clock }))).kind).toBe('unavailable');
  });

  test('is named when a reader finds none', async () => {
    const fault = await faultFrom(openSqliteEventReader(file));
    expect(fault).toMatchObject({ kind: 'not_found', details: { file } });
  });
});

describe('a reader of its own', () => {
  test('reads beside the writer and follows it', async () => {
    const log = await open();
    const producer = await log.openProducer('gateway');
    const { position } = await producer.append([draft('a')]);
    const reader = await openSqliteEventReader(file);
    expect(await readAll(reader)).toEqual(await readAll(log));
    const next = reader.subscribe(position)[Symbol.asyncIterator]().next();
    await producer.append([draft('b')]);
    expect((await next).value).toMatchObject([{ envelope: { eventId: 'b' } }]);
    await log.close();
    expect(await storedIds(reader)).toEqual(['a', 'b']);
    await reader.close();
  });

  test('reads a log nobody has open', async () => {
    await makeLog('a', 'b');
    const reader = await openSqliteEventReader(file);
    expect(await storedIds(reader)).toEqual(['a', 'b']);
    expect(await reader.readStream('call/b')).toHaveLength(1);
    await reader.close();
  });

  test('stops following when told to', async () => {
    await makeLog('a');
    const reader = await openSqliteEventReader(file);
    const abort = new AbortController();
    const next = reader
      .subscribe(await reader.end(), { signal: abort.signal })
      [Symbol.asyncIterator]()
      .next();
    setTimeout(() => abort.abort(), 20);
    expect((await next).done).toBe(true);
    await reader.close();
  });
});

test('a temporary log is a log like any other', async () => {
  const log = await openTemporaryEventLog();
  await (await log.openProducer('gateway')).append([draft('a')]);
  expect(await storedIds(log)).toEqual(['a']);
  await log.close();
  expect((await faultFrom(log.end())).kind).toBe('unavailable');
});

function withDatabase<Value>(use: (database: DatabaseSync) => Value): Value {
  const database = new DatabaseSync(file);
  try {
    return use(database);
  } finally {
    database.close();
  }
}
