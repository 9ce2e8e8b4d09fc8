import { describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import type { StoredEvent } from '../ports.ts';
import { keepRecentEvents } from './recent-events.ts';

function stored(first: number, last: number, different = {}): StoredEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const position = BigInt(first + index);
    const producer = { producerId: 'gateway', epoch: 1n, number: position };
    return { position, envelope: { ...draft(`event-${position}`, different), producer } };
  });
}

/** With a follower that reads nothing. */
function recentEvents() {
  const recent = keepRecentEvents();
  recent.follow(0n);
  return recent;
}

const everything = { until: 1_000_000n, types: undefined, limit: 1_000_000 };

describe('recent events', () => {
  test('are those right after a position, as far as they are kept', () => {
    const recent = recentEvents();
    const events = stored(11, 20);
    recent.add(events);
    expect(recent.after({ ...everything, after: 9n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 10n })).toEqual({ events, scannedTo: 20n });
    expect(recent.after({ ...everything, after: 19n })).toEqual({ events: events.slice(-1), scannedTo: 20n });
    expect(recent.after({ ...everything, after: 20n })).toBeUndefined();
  });

  test('end at the limit, at the end that was asked for, and skip other types', () => {
    const recent = recentEvents();
    const wanted = stored(3, 4, { type: 'waybill.test.v1.Wanted' });
    recent.add([...stored(1, 2), ...wanted, ...stored(5, 9)]);
    const types = new Set(['waybill.test.v1.Wanted']);
    expect(recent.after({ ...everything, after: 0n, limit: 2 })?.scannedTo).toBe(2n);
    expect(recent.after({ ...everything, after: 0n, until: 7n })?.scannedTo).toBe(7n);
    expect(recent.after({ ...everything, after: 0n, types })).toEqual({ events: wanted, scannedTo: 9n });
    expect(recent.after({ ...everything, after: 4n, types })).toEqual({ events: [], scannedTo: 9n });
    expect(recent.after({ ...everything, after: 0n, types, limit: 1 })?.scannedTo).toBe(3n);
  });

  test('begin anew behind a gap, wherever it is', () => {
    const recent = recentEvents();
    recent.add(stored(1, 5));
    recent.add([...stored(6, 7), ...stored(9, 10)]);
    expect(recent.after({ ...everything, after: 0n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 7n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 8n })).toEqual({ events: stored(9, 10), scannedTo: 10n });
  });

  test('are let go once every follower has passed them', () => {
    const recent = keepRecentEvents();
    recent.add(stored(1, 5));
    const [quick, slow] = [recent.follow(5n), recent.follow(5n)];
    recent.add(stored(6, 10));
    expect(recent.after({ ...everything, after: 4n })).toBeUndefined();
    quick.position = 10n;
    slow.position = 7n;
    recent.add(stored(11, 12));
    expect(recent.after({ ...everything, after: 6n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 7n })?.events).toHaveLength(5);
    slow.leave();
    recent.add(stored(13, 13));
    expect(recent.after({ ...everything, after: 9n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 10n })?.events).toHaveLength(3);
  });

  test('are bounded in number and in bytes, oldest first', () => {
    const recent = recentEvents();
    for (let first = 1; first <= 20_000; first += 100) recent.add(stored(first, first + 99));
    expect(recent.after({ ...everything, after: 20_000n - 4_097n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 20_000n - 4_096n })?.events).toHaveLength(4_096);
    recent.add(stored(20_001, 20_003, { payload: Buffer.alloc(8 * 1024 * 1024 - 1_024) }));
    expect(recent.after({ ...everything, after: 20_000n })).toBeUndefined();
    expect(recent.after({ ...everything, after: 20_001n })?.events).toHaveLength(2);
  });
});
