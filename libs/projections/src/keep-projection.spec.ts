import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Leases, soleLeases } from '@waybill/leases';
import { type KeepProjectionOptions, keepProjection } from './keep-projection.ts';
import { memoryProjectionStore } from './memory-store.ts';
import type { ProjectionStore } from './ports.ts';
import { type ArrayLog, arrayLog } from './testing/array-reader.ts';
import { dump } from './testing/dump.ts';
import { tallyEvent, tallyLog, tallyProjection } from './testing/tally.ts';

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
    await store.makeCurrent('tally', 2);
    await expect(keep()).rejects.toMatchObject({ fault: { kind: 'conflict', details: { reason: 'newer_version' } } });
  });

  test('is left alone by an older program once a newer one has taken over', async () => {
    const older = await keep();
    const newer = await keep({ projection: { ...tallyProjection, version: 2 } });
    older.stop.abort();
    await newer.waitFor(tallyEvent(9).position);
    const again = await keep();
    newer.stop.abort();
    reader.append(tallyEvent(10));
    await expect(again.waitFor(tallyEvent(10).position)).rejects.toMatchObject({ fault: { kind: 'conflict' } });
    expect(alarms).toEqual(['projection_stopped']);
    expect(await store.currentVersion('tally')).toBe(2);
  });

  test('that cannot be folded stops with an alarm, and says so to who waits', async () => {
    const kept = await keep({ maxPoisonInRow: 3 });
    await kept.waitFor(tallyEvent(9).position);
    reader.append(...[10, 11, 12, 13, 14].map((number) => tallyEvent(number, 1)));
    await expect(kept.waitFor(tallyEvent(14).position)).rejects.toMatchObject({ fault: { kind: 'internal' } });
    expect(alarms.at(-1)).toBe('projection_stopped');
  });
});
