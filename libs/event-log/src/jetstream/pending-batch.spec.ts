import { describe, expect, test } from '@jest/globals';
import { decodeBatch, envelopesOf, eventsOf } from '../batch-body.ts';
import { draft } from '../contract/drafts.ts';
import type { EventDraft } from '../ports.ts';
import { positionOf } from '../positions.ts';
import { pendingAppend, pendingEvent } from './pending-append.ts';
import { acknowledge, formBatches } from './pending-batch.ts';

const identity = { producerId: 'gateway/0', epoch: 3n, opening: 'opening' };
const limits = { shards: 1, maxBodyBytes: 1_000_000 };
const appendOf = (...drafts: readonly EventDraft[]) => pendingAppend(drafts.map(pendingEvent), { needsVerdict: false });

describe('batches', () => {
  test('hold what is appended at the same time, in order and numbered on', async () => {
    const appends = [appendOf(draft('a')), appendOf(draft('b'), draft('c')), appendOf(draft('d'))];
    const {
      batches: [batch, ...others],
    } = await formBatches(identity, 5n, appends, limits);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ firstNumber: 5n, lastNumber: 8n, subject: 'waybill.events.0.gateway.gateway=2f0' });
    const events = eventsOf(await decodeBatch(batch!.body), 9n);
    expect(events.map(({ envelope }) => envelope.eventId)).toEqual(['a', 'b', 'c', 'd']);
    expect(events[1]?.envelope.producer).toEqual({ producerId: 'gateway/0', epoch: 3n, number: 6n });
    acknowledge(batch!, 9);
    expect(await appends[1]!.durable.promise).toBe(positionOf(9n, 2));
  });

  test('are one for each shard, an append staying whole with the tenant of its first event', async () => {
    const of = (tenantId: string, id: string) => draft(id, { tenantId });
    const appends = [
      appendOf(of('acme', 'a'), of('globex', 'b')),
      appendOf(of('globex', 'c')),
      appendOf(of('acme', 'd')),
    ];
    const { batches } = await formBatches(identity, 1n, appends, { ...limits, shards: 256 });
    expect(batches.map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber])).toEqual([
      [1n, 3n],
      [4n, 4n],
    ]);
    expect(batches[0]?.subject).not.toBe(batches[1]?.subject);
    const ids = await Promise.all(batches.map(async ({ body }) => eventsOf(await decodeBatch(body), 1n)));
    expect(ids.map((events) => events.map(({ envelope }) => envelope.eventId))).toEqual([['a', 'b', 'd'], ['c']]);
  });

  test('are closed before they grow large; what is large alone is compressed', async () => {
    const large = (id: string) => appendOf(draft(id, { payload: Buffer.alloc(200_000, id) }));
    const huge = appendOf(draft('huge', { payload: Buffer.alloc(3_000_000) }));
    const { batches } = await formBatches(identity, 1n, [large('a'), large('b'), huge, large('c')], limits);
    expect(batches.map(({ firstNumber }) => firstNumber)).toEqual([1n, 2n, 3n, 4n]);
    expect(batches.map(({ body }) => body.encoding)).toEqual(['identity', 'identity', 'zstd', 'identity']);
    const [envelope] = envelopesOf(await decodeBatch(batches[2]!.body));
    expect(envelope?.equals(huge.events[0]!.envelope)).toBe(true);
  });

  test('leave out what no message can hold, without using a number', async () => {
    const random = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) ^ (index >> 3)));
    const tooLarge = appendOf(draft('too large', { payload: random }));
    const appends = [tooLarge, appendOf(draft('a'))];
    const formed = await formBatches(identity, 1n, appends, { shards: 1, maxBodyBytes: 1_000 });
    expect(formed.tooLarge.map(({ append, fault }) => [append === tooLarge, fault.kind])).toEqual([
      [true, 'too_large'],
    ]);
    expect(formed.batches).toMatchObject([{ firstNumber: 1n, lastNumber: 1n }]);
  });
});
