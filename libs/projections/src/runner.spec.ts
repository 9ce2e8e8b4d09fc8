import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { memoryProjectionStore } from './memory-store.ts';
import type { ProjectionCommit, ProjectionPartition, ProjectionStore } from './ports.ts';
import { type ProjectionRun, type RunProjectionOptions, runProjection } from './runner.ts';
import { arrayLog } from './testing/array-reader.ts';
import { dump } from './testing/dump.ts';
import { tallyEvent, tallyLog, tallyProjection } from './testing/tally.ts';

/** A store whose commits go through `commit` first. */
function storeWith(
  store: ProjectionStore,
  commit: (commit: ProjectionCommit, partition: ProjectionPartition) => Promise<boolean>,
): ProjectionStore {
  return {
    ...store,
    async open(definition) {
      const partition = await store.open(definition);
      return { ...partition, commit: (wanted) => commit(wanted, partition) };
    },
  };
}

const outage = () => new FaultError(fault('unavailable', 'the disk is full'));

describe('a running projection', () => {
  let halt: AbortController;
  let store: ProjectionStore;
  const runs: ProjectionRun[] = [];
  beforeEach(() => {
    halt = new AbortController();
    store = memoryProjectionStore();
  });
  afterEach(async () => {
    halt.abort();
    await Promise.allSettled(runs.splice(0).map(({ done }) => done));
  });

  async function start(options: Partial<RunProjectionOptions> = {}) {
    const signal = halt.signal;
    const reader = arrayLog(tallyLog(10));
    const run = await runProjection({
      projection: tallyProjection,
      reader,
      store,
      signal,
      retryDelayMs: 1,
      ...options,
    });
    runs.push(run);
    return run;
  }

  test('follows the log, commits once a batch, and says where it is', async () => {
    const reader = arrayLog(tallyLog(10));
    const commits: bigint[] = [];
    const counting = storeWith(store, (commit, partition) => {
      commits.push(commit.checkpoint);
      return partition.commit(commit);
    });
    const run = await start({ reader, store: counting, batchSize: 4 });
    await run.waitFor(await reader.end());
    expect(commits).toEqual([7n, 15n, 19n]);
    expect(run.position()).toBe(19n);
    reader.append(tallyEvent(10));
    expect(await run.lag()).toBe(1);
    await run.waitFor(21n);
    expect(await run.lag()).toBe(0);
    expect(await run.partition.checkpoint()).toBe(21n);
  });

  test('does not wait for events it does not want', async () => {
    const reader = arrayLog(tallyLog(3));
    const run = await start({ reader });
    reader.append({ ...tallyEvent(3), envelope: { ...tallyEvent(3).envelope, type: 'waybill.other.v1.Thing' } });
    await run.waitFor(await reader.end());
    expect(run.position()).toBe(5n);
  });

  test('goes on where it stopped', async () => {
    const reader = arrayLog(tallyLog(10));
    await (await start({ reader })).waitFor(19n);
    halt.abort();
    await runs[0]!.done;
    halt = new AbortController();
    reader.append(...tallyLog(25).slice(10));
    const run = await start({ reader });
    await run.waitFor(49n);
    const whole = await start({ store: memoryProjectionStore(), reader });
    await whole.waitFor(49n);
    expect(await dump(run.partition, tallyProjection)).toBe(await dump(whole.partition, tallyProjection));
  });

  test('puts poison in quarantine, raises an alarm, and goes on', async () => {
    const alarms: unknown[] = [];
    const reader = arrayLog(tallyLog(20, 6));
    const run = await start({ reader, onAlarm: (alarm, details) => alarms.push([alarm, details.eventId]) });
    await run.waitFor(39n);
    const names = (await run.partition.quarantine()).map(({ eventId }) => eventId);
    expect(names).toEqual(['event-0', 'event-6', 'event-12', 'event-18']);
    expect(alarms).toEqual(names.map((name) => ['projection_event_quarantined', name]));
    expect(run.position()).toBe(39n);
  });

  test('stops when poison comes too often in a row, and does not eat on when started again', async () => {
    const reader = arrayLog(tallyLog(20, 1));
    const run = await start({ reader, maxPoisonInRow: 5, batchSize: 3 });
    await expect(run.done).rejects.toMatchObject({ fault: { kind: 'internal', details: { reason: 'poison' } } });
    expect(await run.partition.quarantine()).toHaveLength(5);
    await expect(run.waitFor(39n)).rejects.toThrow(FaultError);
    const again = await start({ reader, maxPoisonInRow: 5, batchSize: 3 });
    await expect(again.done).rejects.toThrow(FaultError);
    expect(await again.partition.quarantine()).toHaveLength(5);
  });

  test('stops when another writer moves the checkpoint', async () => {
    const reader = arrayLog(tallyLog(5));
    const run = await start({ reader });
    await run.waitFor(9n);
    const intruder = await store.open(tallyProjection);
    await intruder.commit({ expectedCheckpoint: 9n, checkpoint: 10n, writes: [], quarantined: [] });
    reader.append(tallyEvent(5));
    await expect(run.done).rejects.toMatchObject({ fault: { kind: 'conflict', details: { reason: 'fenced' } } });
    expect(await intruder.checkpoint()).toBe(10n);
  });

  test('stops when its version is dropped', async () => {
    const reader = arrayLog(tallyLog(5));
    const run = await start({ reader });
    await run.waitFor(9n);
    await run.partition.drop();
    reader.append(tallyEvent(5));
    await expect(run.done).rejects.toMatchObject({ fault: { kind: 'not_found' } });
  });

  test('applies once what the store failed to say it had committed', async () => {
    const outcomes = ['lost', 'done but not said', 'lost', 'lost', 'done but not said'];
    const flaky = storeWith(store, async (commit, partition) => {
      const outcome = outcomes.shift();
      if (outcome === 'lost') throw outage();
      const done = await partition.commit(commit);
      if (outcome) throw outage();
      return done;
    });
    const warnings: string[] = [];
    const log = { warn: (_: object, message: string) => warnings.push(message) };
    const run = await start({ reader: arrayLog(tallyLog(40, 9)), store: flaky, batchSize: 10, log });
    await run.waitFor(79n);
    const whole = await start({ reader: arrayLog(tallyLog(40, 9)), store: memoryProjectionStore() });
    await whole.waitFor(79n);
    expect(await dump(run.partition, tallyProjection)).toBe(await dump(whole.partition, tallyProjection));
    expect(warnings).toHaveLength(5);
  });

  test('comes back when the log could not be read', async () => {
    const good = arrayLog(tallyLog(10));
    let failures = 2;
    const reader: typeof good = {
      ...good,
      async *subscribe(after, options) {
        for await (const batch of good.subscribe(after, { ...options, batchSize: 2 })) {
          yield batch;
          failures -= 1;
          if (failures >= 0) throw outage();
        }
      },
    };
    const run = await start({ reader });
    await run.waitFor(19n);
    expect(await run.partition.getMany([{ collection: 'project', key: 'project-0' }])).toMatchObject([{ issued: 2n }]);
  });

  test('refuses a log that ends before its checkpoint', async () => {
    await (await start()).waitFor(19n);
    await expect(start({ reader: arrayLog(tallyLog(3)) })).rejects.toMatchObject({
      fault: { kind: 'conflict', details: { reason: 'short_log' } },
    });
  });

  test('ends when the signal aborts, also while it waits for the store', async () => {
    const never = storeWith(store, () => Promise.reject(outage()));
    const run = await start({ store: never, retryDelayMs: 60_000 });
    await sleep(10);
    const waiting = run.waitFor(19n);
    halt.abort();
    await expect(run.done).resolves.toBeUndefined();
    await expect(waiting).rejects.toMatchObject({ fault: { kind: 'cancelled' } });
  });
});
