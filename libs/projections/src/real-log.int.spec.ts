// The runner on the real embedded event log and the real store, while events are being written.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EventDraft, type EventLog, events, openSqliteEventLog } from '@waybill/event-log';
import { compareWithRebuild } from './compare.ts';
import type { ProjectionStore } from './ports.ts';
import { runProjection } from './runner.ts';
import { openSqliteProjectionStore } from './sqlite/store.ts';
import { type Tally, tallyEvent, tallyProjection } from './testing/tally.ts';
import { ensureCurrent } from './versions.ts';

const projection = tallyProjection;

let now = 0n;
const clock = {
  nowMicros() {
    now += 1n;
    return now;
  },
  monotonicMs: () => performance.now(),
};

/** An event that the projection does not want. */
function stray(number: number): EventDraft {
  const payload = { providerId: 'p', upstreamModel: 'm', state: 'open', reason: '', keyId: '' };
  const fields = { tenantId: '', streamId: 'breaker', correlationId: '', occurredAtMicros: 1n };
  return events.breakerChanged.draft({ ...fields, eventId: `stray-${number}`, payload });
}

describe('a projection of the embedded event log', () => {
  let folder: string;
  let log: EventLog;
  let store: ProjectionStore;
  let halt: AbortController;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-real-log-'));
    await open();
  });
  afterEach(async () => {
    halt.abort();
    await close();
    await rm(folder, { recursive: true });
  });

  async function open() {
    halt = new AbortController();
    log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
    store = await openSqliteProjectionStore({ file: join(folder, 'projections.sqlite'), durability: 'process' });
  }

  async function close() {
    await store.close();
    await log.close();
  }

  /** Follows the log while the numbered events are appended one by one in parallel; resolves when all are folded in. */
  async function live(numbers: readonly number[]) {
    await ensureCurrent({ projection, reader: log, store });
    const run = await runProjection({ projection, reader: log, store, signal: halt.signal });
    const producer = await log.openProducer('test');
    const appended = await Promise.all(numbers.map((number) => producer.append([tallyEvent(number).envelope])));
    await run.waitFor(appended.at(-1)!.position);
    await producer.close();
    const other = await log.openProducer('other');
    const { position } = await other.append([stray(numbers[0]!)]);
    await run.waitFor(position);
    await other.close();
    halt.abort();
    await run.done;
  }

  test('holds what was appended, across restarts, as a rebuild does', async () => {
    const numbers = Array.from({ length: 600 }, (_, number) => number);
    await live(numbers.slice(0, 300));
    await close();
    await open();
    await live(numbers.slice(300));
    const partition = await store.open(projection);
    const tallies = await partition.find('project');
    const issued = tallies.reduce((sum, { document }) => sum + (document as Tally).issued, 0n);
    expect(issued).toBe(BigInt(numbers.filter((number) => number % 5 !== 4).length));
    const compared = await compareWithRebuild({ projection, reader: log, store });
    expect(compared).toMatchObject({ differenceCount: 0, quarantineDifferences: [] });
    expect(await partition.quarantine()).toEqual([]);
  });
});
