// The commands on real stores: what was written is proved, and what was tampered with is named.
import { execFile } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Rating } from '@waybill/contracts';
import type { CallFacts } from '../testing/call-events.ts';
import { callEvents, plainCall } from '../testing/call-events.ts';
import { runCommand } from '../testing/run-command.ts';
import { foldEvents, makeFolder, writeEvents } from '../testing/stored-books.ts';
import { auditCommand } from './audit.ts';
import { eventsCommand } from './events.ts';
import { explainCommand } from './explain.ts';
import { replayCommand } from './replay.ts';

const kinds = ['reported', 'estimated', 'unknown', 'unpriced', 'lost', 'nothing', 'open'] as const;
const calls: CallFacts[] = kinds.map((usage, index) => ({
  ...plainCall,
  usage,
  number: index + 1,
  correctedInputTokens: usage === 'estimated' ? 234 : undefined,
}));

const folders: string[] = [];
let books = '';

beforeAll(async () => {
  books = await newFolder();
  await writeEvents(books, calls.slice(0, 3).flatMap(callEvents));
  await writeEvents(books, calls.slice(3).flatMap(callEvents));
  await foldEvents(books);
});

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newFolder(): Promise<string> {
  const folder = await makeFolder();
  folders.push(folder);
  return folder;
}

async function copyOfBooks(): Promise<string> {
  const folder = await newFolder();
  await cp(books, folder, { recursive: true });
  return folder;
}

async function audit(dataDirectory: string) {
  const { code, printed } = await runCommand(auditCommand, { dataDirectory });
  return { code, report: JSON.parse(printed[0]!) };
}

describe('waybill audit', () => {
  test('finds the books in order, with what is open and doubtful', async () => {
    const { code, report } = await audit(books);
    expect(report.drifts).toEqual([]);
    expect(report).toMatchObject({ ok: true, caught_up: true, entries: 14, open: ['call_7:1'], unknown_attempts: 1 });
    expect(report.sha256).toBe(report.replay_sha256);
    expect(report.checked).toMatchObject({ ratings: 7, corrections: 1 });
    expect(report.doubtful).toContainEqual(
      expect.objectContaining({ call_id: 'call_3', standing: 'unknown', amount_pico_usd: null }),
    );
    expect(code).toBe(0);
  });

  test('goes by the checkpoint of a ledger that is behind', async () => {
    const folder = await copyOfBooks();
    await writeEvents(folder, callEvents({ ...plainCall, number: 50 }));
    const { code, report } = await audit(folder);
    expect(report).toMatchObject({ ok: true, caught_up: false, entries: 14 });
    expect(code).toBe(0);
  });

  const readModels: readonly (readonly [what: string, sql: string, check: string])[] = [
    [
      'an amount in an entry',
      `UPDATE "ledger@1/entries" SET document = replace(document, '525300000', '525300001')`,
      'entry',
    ],
    ['an entry that is gone', `DELETE FROM "ledger@1/entries" WHERE key = 'call_1:1/ended'`, 'entry'],
    [
      'an entry that was added',
      `INSERT INTO "ledger@1/entries" SELECT 'call_9:1/ended', document FROM "ledger@1/entries" WHERE key = 'call_1:1/ended'`,
      'entry',
    ],
    ['a balance', `UPDATE "ledger@1/accounts" SET document = '{"balance":"1"}' WHERE key = 'expense/acme'`, 'balance'],
    ['an account that is gone', `DELETE FROM "ledger@1/accounts" WHERE key = 'payable/openai'`, 'double_entry'],
    ['the head', `UPDATE "ledger@1/head" SET document = replace(document, '"hash":"', '"hash":"0')`, 'head'],
    ['a doubt that is gone', `DELETE FROM "ledger@1/doubts" WHERE key = 'call_3:1'`, 'doubt'],
    [
      'spend',
      `UPDATE "spend@1/runs" SET document = replace(document, '"attempts":{"$int":"', '"attempts":{"$int":"1')`,
      'spend',
    ],
  ];
  test.each(readModels)('names %s', async (_what, sql, check) => {
    const folder = await copyOfBooks();
    change(join(folder, 'projections.sqlite'), sql);
    const { code, report } = await audit(folder);
    expect(report.drifts.map((drift: { check: string }) => drift.check)).toContain(check);
    expect(code).toBe(1);
  });

  const logs: readonly (readonly [what: string, sql: string, check: string])[] = [
    ['an event that is gone', `DELETE FROM events WHERE event_id = 'call_1/ended'`, 'producer'],
    ['a usage fact that is gone', `DELETE FROM events WHERE event_id = 'call_1:1/ended'`, 'entry'],
    [
      'an amount in the log',
      `UPDATE events SET envelope = unhex(replace(hex(envelope), '${amountInHex(525_300_000n)}', '${amountInHex(525_300_001n)}'))
        WHERE event_id = 'call_1:1/ended'`,
      'rating',
    ],
  ];
  test.each(logs)('names %s', async (_what, sql, check) => {
    const folder = await copyOfBooks();
    expect(change(join(folder, 'events.sqlite'), sql)).toBe(1);
    const { code, report } = await audit(folder);
    expect(report.drifts.map((drift: { check: string }) => drift.check)).toContain(check);
    expect(code).toBe(1);
  });

  test('says which file is missing', async () => {
    const folder = await newFolder();
    await expect(audit(folder)).rejects.toThrow(`there is no event log at ${folder}/events.sqlite`);
    await cp(join(books, 'events.sqlite'), join(folder, 'events.sqlite'));
    await expect(audit(folder)).rejects.toThrow(`the read models at ${folder}/projections.sqlite cannot be read`);
    await writeFile(join(folder, 'projections.sqlite'), 'no database at all'.repeat(100));
    await expect(audit(folder)).rejects.toThrow(`${folder}/projections.sqlite cannot be used`);
  });
});

/** The field of a rating as it is stored. */
function amountInHex(amountPicoUsd: bigint): string {
  const bytes = Rating.encode(Rating.fromPartial({ amountPicoUsd })).finish();
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** How many rows it changed. */
function change(file: string, sql: string): number {
  const database = new DatabaseSync(file);
  const { changes } = database.prepare(sql).run();
  database.close();
  return Number(changes);
}

describe('waybill replay', () => {
  test('comes to the same in Tokyo in Turkish and in UTC', async () => {
    const script = fileURLToPath(new URL('../testing/replay-child.ts', import.meta.url));
    const places = [
      { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
    ];
    const answers = [];
    for (const env of places) {
      const { stdout } = await promisify(execFile)(process.execPath, [script, books], { env });
      answers.push(JSON.parse(stdout));
    }
    const [tokyo, utc] = answers;
    expect(tokyo.local).not.toBe(utc.local);
    expect(tokyo.replay.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect({ ...tokyo.replay, elapsed_ms: 0 }).toEqual({ ...utc.replay, elapsed_ms: 0 });
    expect(tokyo.replay.sha256).toBe((await audit(books)).report.sha256);
  });

  test('tells totals, doubts and its speed', async () => {
    const { code, printed } = await runCommand(replayCommand, { dataDirectory: books });
    const report = JSON.parse(printed[0]!);
    expect(report).toMatchObject({ entries: 14, events_read: 14, unknown_attempts: 1, open_attempts: 1 });
    expect(report.elapsed_ms).toEqual(expect.any(Number));
    const sum = report.totals.reduce(
      (all: bigint, each: { amount_pico_usd: string }) => all + BigInt(each.amount_pico_usd),
      0n,
    );
    expect(report.spent_pico_usd).toBe(sum.toString());
    expect(code).toBe(0);
  });

  test('prints the same for people', async () => {
    const { printed } = await runCommand(replayCommand, { dataDirectory: books, options: { json: false } });
    expect(printed.at(-1)).toMatch(/^sha256 {5}[0-9a-f]{64}$/);
  });
});

describe('waybill explain', () => {
  test('tells the story of a call', async () => {
    const { printed } = await runCommand(explainCommand, { dataDirectory: books, arguments: ['call_1'] });
    const { steps } = JSON.parse(printed[0]!);
    expect(steps.map(({ type }: { type: string }) => type.split('.').at(-1))).toEqual([
      'CallAdmitted',
      'AttemptStarted',
      'AttemptEnded',
      'CallEnded',
    ]);
    expect(steps[2].sentence).toContain('It cost $0.0005253 at price version book-1');
    expect(steps[2].event.payload.rating.amountPicoUsd).toBe('525300000');
  });

  test('says when there is no such call', async () => {
    const run = runCommand(explainCommand, { dataDirectory: books, arguments: ['call_404'] });
    await expect(run).rejects.toThrow('the books have no call "call_404"');
  });
});

describe('waybill events', () => {
  test('prints the log, whole or of one call or type', async () => {
    const lines = async (options: Record<string, string | boolean>) =>
      (await runCommand(eventsCommand, { dataDirectory: books, options })).printed;
    expect(await lines({ call: 'call_1' })).toHaveLength(4);
    expect(await lines({ type: 'AttemptEnded' })).toHaveLength(6);
    expect(await lines({ json: false, call: 'call_1', type: 'AttemptEnded' })).toEqual([
      expect.stringMatching(/^\d+ 2026-11-20T00:01:00.000Z AttemptEnded call\/call_1 {"callId":"call_1"/),
    ]);
    await expect(lines({ type: 'Nonsense' })).rejects.toThrow('there is no event type Nonsense; known are');
  });
});
