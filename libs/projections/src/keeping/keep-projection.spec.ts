import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { type Leases, soleLeases } from '@waybill/leases';
import { catchUp } from '../catch-up.ts';
import { memoryProjectionStore } from '../memory-store.ts';
import type { ProjectionStore } from '../ports.ts';
import { type ArrayLog, arrayLog } from '../testing/array-reader.ts';
import { dump } from '../testing/dump.ts';
import { tallyEvent, tallyLog, tallyProjection } from '../testing/tally.ts';
import { type KeepProjectionOptions, keepProjection } from './keep-projection.ts';

/** Two keepers on one set of leases are as two processes: a lease has one holder. */
describe('a projection that several processes could keep', () => {
  let store: ProjectionStore;
  let leases: Leases;
  let reader: ArrayLog;
  let stops: AbortController[];
  let alarms: string[];
  beforeEach(() => {
    store = memoryProjectionStore();
    leases = soleLeases('test');
    reader = arrayLog(tallyLog(10));
    stops = [];
    alarms = [];
  });
  afterEach(() => {
    for (const stop of stops) stop.abort();
  });

  async function keep(different: Partial<KeepProjectionOptions> = {}) {
    const stop = new AbortController();
    stops.push(stop);
    const kept = await keepProjection({
      projection: tallyProjection,
      reader,
      store,
      leases,
      signal: stop.signal,
      restMs: 0,
      onAlarm: (alarm) => void alarms.push(alarm),
      ...different,
    });
    return { ...kept, stop };
  }

  test('is kept by one of them, and read and waited for at all', async () => {
    const [one, other] = [await keep(), await keep()];
    reader.append(tallyEvent(10), tallyEvent(11));
    await Promise.all([one, other].map((each) => each.waitFor(tallyEvent(11).position)));
    expect(await dump(other.partition, tallyProjection)).toEqual(await dump(one.partition, tallyProjection));
    expect(await store.currentVersion('tally')).toBe(1);
    expect(await Promise.all([one, other].map((each) => each.lag()))).toEqual([0, 0]);
    expect(alarms).toEqual([]);
  });

  test('goes on at the next one when the first has stopped', async () => {
    const [one, other] = [await keep(), await keep()];
    await one.waitFor(tallyEvent(9).position);
    one.stop.abort();
    reader.append(tallyEvent(10));
    await other.waitFor(tallyEvent(10).position);
    expect(await other.partition.checkpoint()).toBe(tallyEvent(10).position);
  });

  test('is taken up again by a process that was fenced', async () => {
    const [one] = [await keep()];
    await one.waitFor(tallyEvent(9).position);
    const elsewhere = await store.open(tallyProjection);
    const expectedCheckpoint = tallyEvent(9).position;
    const checkpoint = tallyEvent(10).position;
    await elsewhere.commit({ expectedCheckpoint, checkpoint, writes: [], quarantined: [] });
    reader.append(tallyEvent(10), tallyEvent(11));
    await one.waitFor(tallyEvent(11).position);
    expect(alarms).toEqual([]);
  });

  test('does not start under a program that is older than the read model', async () => {
    await store.makeCurrent('tally', 2, undefined);
    await expect(keep()).rejects.toMatchObject({ fault: { kind: 'conflict', details: { reason: 'newer_version' } } });
  });

  describe('while programs of two versions run', () => {
    const newer = { projection: { ...tallyProjection, version: 2 } };

    test('is kept in both by their own programs, and the older goes when the last of those has gone', async () => {
      const older = await keep();
      const next = await keep({ ...newer, leftForMs: 20 });
      expect(await store.currentVersion('tally')).toBe(2);
      reader.append(tallyEvent(10));
      await Promise.all([older, next].map((each) => each.waitFor(tallyEvent(10).position)));
      expect(await older.partition.checkpoint()).toBe(tallyEvent(10).position);
      older.stop.abort();
      while ((await store.versions('tally')).includes(1)) await sleep(5);
      await expect(older.partition.find('key')).rejects.toMatchObject({ fault: { kind: 'not_found' } });
      expect(await leases.holders('projection/tally@1')).toEqual([]);
      expect(alarms).toEqual([]);
    });

    test('is kept on in the older by the next of its programs', async () => {
      const [older, standingBy] = [await keep(), await keep()];
      await keep(newer);
      older.stop.abort();
      reader.append(tallyEvent(10));
      await standingBy.waitFor(tallyEvent(10).position);
      expect(await standingBy.partition.checkpoint()).toBe(tallyEvent(10).position);
      expect(await store.versions('tally')).toEqual([1, 2]);
      expect(alarms).toEqual([]);
    });

    test('stops with an alarm in an older program that was away until its version was dropped', async () => {
      const older = await keep();
      await keep(newer);
      await (await store.open({ ...tallyProjection, collections: [] })).drop();
      reader.append(tallyEvent(10));
      await expect(older.waitFor(tallyEvent(10).position)).rejects.toMatchObject({ fault: { kind: 'not_found' } });
      while (alarms.length === 0) await sleep(5);
      expect(alarms).toEqual(['projection_stopped']);
      expect(await store.versions('tally')).toEqual([2]);
    });
  });

  test('is built anew at once where nobody has kept the older version', async () => {
    await catchUp({ projection: tallyProjection, reader, partition: await store.open(tallyProjection) });
    await store.makeCurrent('tally', 1, undefined);
    await keep({ projection: { ...tallyProjection, version: 2 } });
    while ((await store.versions('tally')).includes(1)) await sleep(5);
    expect(await store.currentVersion('tally')).toBe(2);
  });

  test('is had when it is current, not before, whoever builds it', async () => {
    const lease = await leases.tryAcquire('projection/tally@1', { ttlMs: 1_000 });
    let isHad = false;
    const keeping = keep().then((kept) => {
      isHad = true;
      return kept;
    });
    await sleep(100);
    expect(isHad).toBe(false);
    await catchUp({ projection: tallyProjection, reader, partition: await store.open(tallyProjection) });
    await store.makeCurrent('tally', 1, undefined);
    const kept = await keeping;
    await kept.waitFor(tallyEvent(9).position);
    expect(lease?.isHeld()).toBe(true);
  });

  test('waits for a log and a store that are away, and starts when they are back', async () => {
    let isAway = true;
    const away = () => Promise.reject(new FaultError(fault('unavailable', 'away')));
    const changing: ProjectionStore = {
      ...store,
      makeCurrent: (...given) => (isAway ? away() : store.makeCurrent(...given)),
    };
    const keeping = keep({ store: changing });
    await sleep(50);
    isAway = false;
    await (await keeping).waitFor(tallyEvent(9).position);
    expect(await store.currentVersion('tally')).toBe(1);
  });

  test('is not waited for any more when it was stopped', async () => {
    const kept = await keep();
    const waiting = kept.waitFor(tallyEvent(9).position + 1_000n);
    reader.append(...[10, 11].map((number) => tallyEvent(number)));
    await waiting;
    const other = await keep();
    kept.stop.abort();
    other.stop.abort();
    reader.append(tallyEvent(12));
    const cancelled = { fault: { kind: 'cancelled' } };
    await expect(kept.waitFor(tallyEvent(12).position)).rejects.toMatchObject(cancelled);
    await expect(other.waitFor(tallyEvent(12).position)).rejects.toMatchObject(cancelled);
  });

  test('that cannot be folded stops with an alarm, and says so to who waits', async () => {
    const kept = await keep({ maxPoisonInRow: 3 });
    await kept.waitFor(tallyEvent(9).position);
    reader.append(...[10, 11, 12, 13, 14].map((number) => tallyEvent(number, 1)));
    await expect(kept.waitFor(tallyEvent(14).position)).rejects.toMatchObject({ fault: { kind: 'internal' } });
    expect(alarms.at(-1)).toBe('projection_stopped');
  });
});
