import { describe, expect, test } from '@jest/globals';
import { positionOf } from '../positions.ts';
import { type KnownState, planArchive } from './archive-plan.ts';
import { append, batch, message, producer } from './read.fixture.ts';

const nothing: KnownState = {
  end: 0n,
  producers: new Map(),
  events: new Map(),
  versions: new Map(),
  rejections: new Set(),
};

function knowing(ids: readonly string[], different: Partial<KnownState> = {}): KnownState {
  const events = append(ids.map((id) => ({ id }))).events;
  const known = events.map(({ eventId, digest }, index) => [eventId, { position: BigInt(index + 1), digest }] as const);
  return { ...nothing, end: BigInt(ids.length), events: new Map(known), ...different };
}

const one = (id: string, content?: string) => append([{ id, ...(content && { content }) }]);

describe('what is archived of some messages', () => {
  test('is each event once, with its place in the stream', () => {
    const messages = [
      message(5n, batch(1n, [one('a'), append([{ id: 'b' }, { id: 'c' }])])),
      message(6n, batch(4n, [one('d')])),
    ];
    const plan = planArchive(messages, nothing);
    expect(plan.events.map(({ eventId, position }) => [eventId, position])).toEqual([
      ['a', positionOf(5n, 0)],
      ['b', positionOf(5n, 1)],
      ['c', positionOf(5n, 2)],
      ['d', positionOf(6n, 0)],
    ]);
    expect(plan.end).toBe(positionOf(6n, 0));
    expect(plan.producers).toEqual([producer(4n, { last_sequence: 6n })]);
    expect(plan.findings).toEqual([]);
  });

  test('leaves out what was there before, and accounts for its number', () => {
    const plan = planArchive([message(5n, batch(1n, [one('a'), one('b')]))], knowing(['a']));
    expect(plan.batches).toMatchObject([{ skipped: [0], lastPosition: positionOf(5n, 1) }]);
    expect(plan.events.map(({ eventId }) => eventId)).toEqual(['b']);
    expect(plan.producers).toMatchObject([{ last_number: 2n }]);
    expect(plan.rejections).toEqual([]);
  });

  test('is no batch when nothing of it counts, and then the end stays', () => {
    const plan = planArchive([message(5n, batch(1n, [one('a')]))], knowing(['a']));
    expect(plan).toMatchObject({ end: 1n, batches: [], events: [], producers: [{ last_number: 1n }] });
  });

  test('names the types that count', () => {
    const events = [
      { id: 'a', type: 'A' },
      { id: 'b', type: 'B' },
      { id: 'c', type: 'A' },
    ];
    const plan = planArchive([message(5n, batch(1n, [append(events)]))], knowing(['b']));
    expect(plan.batches[0]?.types).toEqual(['A']);
  });

  test('is nothing of an append with an id that is there with other content; its neighbours count', () => {
    const contested = append([{ id: 'new' }, { id: 'a', content: 'other' }]);
    const plan = planArchive([message(5n, batch(1n, [one('x'), contested, one('y')]))], knowing(['a']));
    expect(plan.events.map(({ eventId }) => eventId)).toEqual(['x', 'y']);
    expect(plan.batches[0]?.skipped).toEqual([1, 2]);
    expect(plan.rejections).toMatchObject([
      { id: 'gateway/0/1/opening 1/2', reason: 'other_content', append: { firstNumber: 2n, content: contested } },
    ]);
    expect(plan.findings).toMatchObject([{ alarm: 'event_kept_aside', details: { event_id: 'a', sequence: 5n } }]);
    expect(plan.producers).toMatchObject([{ last_number: 4n }]);
  });

  test('sees what came just before it, in the same message or another', () => {
    const messages = [
      message(5n, batch(1n, [one('a'), one('a'), one('a', 'other')])),
      message(6n, batch(1n, [one('a')], { producerId: 'cost/0' })),
    ];
    const plan = planArchive(messages, nothing);
    expect(plan.events).toHaveLength(1);
    expect(plan.rejections).toHaveLength(1);
    expect(plan.producers.map(({ last_number }) => last_number)).toEqual([3n, 1n]);
  });

  test('lets one of those through that expect the same version, without an alarm about the others', () => {
    const expecting = (id: string, version: bigint) =>
      append([{ id, streamId: 'key/1' }], { streamId: 'key/1', version });
    const messages = [message(5n, batch(1n, [expecting('a', 2n), expecting('b', 2n), expecting('c', 3n)]))];
    const plan = planArchive(messages, { ...nothing, versions: new Map([['key/1', 2n]]) });
    expect(plan.events.map(({ eventId }) => eventId)).toEqual(['a', 'c']);
    expect(plan.rejections).toMatchObject([{ reason: 'wrong_version', details: { actual_version: '3' } }]);
    expect(plan.findings).toEqual([]);
  });

  test('is nothing of a message that comes again, and nothing is said of what was kept aside before', () => {
    const contested = one('a', 'other');
    const known = knowing(['a', 'b'], { producers: new Map([['gateway/0', producer(2n)]]) });
    const again = [message(9n, batch(1n, [contested, one('b')]))];
    const rejections = new Set(['gateway/0/1/opening 1/1']);
    const plan = planArchive(again, { ...known, rejections });
    expect(plan).toMatchObject({ batches: [], events: [], rejections: [], producers: [], findings: [] });
    expect(planArchive(again, known).rejections).toMatchObject([{ reason: 'number_used_before' }]);
  });

  test('names the numbers that are missing', () => {
    const plan = planArchive([message(5n, batch(3n, [one('a')]))], nothing);
    expect(plan.hasGap).toBe(true);
    const details = { producerId: 'gateway/0', epoch: 1n, first: 1n, last: 2n };
    expect(plan.findings).toEqual([{ alarm: 'event_numbers_missing', details }]);
  });

  test('keeps a message aside that is no batch', () => {
    const plan = planArchive([message(5n, undefined), message(6n, batch(1n, [one('a')]))], nothing);
    expect(plan.rejections).toMatchObject([{ id: 'message/5', reason: 'unreadable' }]);
    expect(plan.events).toHaveLength(1);
  });
});
