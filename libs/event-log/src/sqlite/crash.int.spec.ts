import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { faultFrom, numbersOf, numbersTo, readAll } from '../contract/log-under-test.ts';
import type { StoredEvent } from '../ports.ts';
import type { Durability } from './messages.ts';
import { openSqliteEventLog } from './sqlite-event-log.ts';
import { openSqliteEventReader } from './sqlite-event-reader.ts';

const script = fileURLToPath(new URL('./appending.fixture.ts', import.meta.url));
const clock = { nowMicros: () => 1_763_600_000_000_000n, monotonicMs: () => 0 };
const hasStrace = spawnSync('strace', ['-V']).status === 0;

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-event-log-'));
  file = join(folder, 'events.sqlite');
});

afterEach(() => rm(folder, { recursive: true }));

interface Appender {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Resolves when it has written that many lines that begin so; rejects when it ends before. */
  hasWritten(count: number, beginning: string): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a process that appends until it is killed. */
function startAppender(durability: Durability, prefix: string, tracer: readonly string[] = []): Appender {
  const [command, ...rest] = [...tracer, process.execPath, script, file, durability, prefix];
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const exited = once(child, 'exit');
  const output = createInterface({ input: child.stdout });
  const outputEnded = once(output, 'close');
  const lines: string[] = [];
  output.on('line', (line) => lines.push(line));
  const pid = child.pid!;

  return {
    pid,
    lines,
    async hasWritten(count, beginning) {
      while (lines.filter((line) => line.startsWith(beginning)).length < count) {
        if (child.exitCode !== null) throw new Error(`the appender ended with ${child.exitCode}`);
        await Promise.race([once(output, 'line'), exited]);
      }
    },
    async kill() {
      // The whole group, since a tracer may stand between.
      process.kill(-pid, 'SIGKILL');
      await Promise.all([exited, outputEnded]);
    },
  };
}

/** The acknowledged ids; the last line may have been cut by the kill. */
function idsStored(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^stored (.*) ok$/.exec(line)?.[1]?.split(' ') ?? []);
}

async function eventsWithoutReopening(): Promise<StoredEvent[]> {
  const reader = await openSqliteEventReader(file);
  const events = await readAll(reader);
  await reader.close();
  return events;
}

async function eventsAfterReopening(): Promise<StoredEvent[]> {
  const log = await openSqliteEventLog({ file, durability: 'power', clock });
  const events = await readAll(log);
  await (await log.openProducer('gateway')).append([draft(`after ${events.length}`)]);
  await log.close();
  return events;
}

function expectEverythingIn(events: readonly StoredEvent[], acknowledged: readonly string[]): void {
  const stored = new Set(events.map(({ envelope }) => envelope.eventId));
  expect(stored.size).toBe(events.length);
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  const epochs = new Set(events.map(({ envelope }) => envelope.producer?.epoch ?? 0n));
  for (const epoch of epochs) {
    const numbers = numbersOf(events, 'gateway', epoch);
    expect(numbers).toEqual(numbersTo(numbers.length));
  }
}

describe('a writer killed with SIGKILL', () => {
  test.each(['power', 'process'] as const)('keeps what it acknowledged with durability %s', async (durability) => {
    const acknowledged: string[] = [];
    for (const [cycle, count] of [1, 60, 400].entries()) {
      const appender = startAppender(durability, `cycle${cycle}`);
      await appender.hasWritten(count, 'stored');
      await appender.kill();
      acknowledged.push(...idsStored(appender.lines));
      expectEverythingIn(await eventsWithoutReopening(), acknowledged);
      const events = await eventsAfterReopening();
      expectEverythingIn(events, acknowledged);
      expectWholeAppends(events);
    }
  });

  test('holds its folder as long as it lives', async () => {
    const appender = startAppender('process', 'owner');
    await appender.hasWritten(1, 'stored');
    const fault = await faultFrom(openSqliteEventLog({ file, durability: 'process', clock })).finally(appender.kill);
    expect(fault).toMatchObject({ kind: 'conflict', details: { folder, owner_pid: String(appender.pid) } });
    await (await openSqliteEventLog({ file, durability: 'process', clock })).close();
  });
});

/** Appends have 1 to 3 events by turns; the last part of the id counts them. */
function expectWholeAppends(events: readonly StoredEvent[]): void {
  const ids = new Set(events.map(({ envelope }) => envelope.eventId));
  for (const id of ids) {
    const [, lane, round, part] = id.split('-');
    if (part === undefined || lane === undefined) continue;
    const siblings = Array.from({ length: 1 + (Number(round) % 3) }, (_, index) => id.replace(/\d+$/, String(index)));
    expect(siblings.filter((sibling) => !ids.has(sibling))).toEqual([]);
  }
}

(hasStrace ? describe : describe.skip)('an I/O error at a commit (needs strace)', () => {
  test('lets nothing more be acknowledged until the log is opened again', async () => {
    const failure = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=30'];
    const appender = startAppender('power', 'x', ['strace', '-f', '-qq', '-o', '/dev/null', ...failure]);
    await appender.hasWritten(50, 'refused').finally(appender.kill);
    const first = appender.lines.findIndex((line) => line.startsWith('refused'));
    expect(first).toBeGreaterThan(0);
    expect(appender.lines.slice(first, -1).every((line) => line === 'refused store_failed')).toBe(true);
    expectEverythingIn(await eventsAfterReopening(), idsStored(appender.lines));
  });
});
