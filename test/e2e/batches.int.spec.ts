// Batches from outside: the vendor's SDK against the gateway, and the books against the provider's bill.
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, describe, expect, test } from '@jest/globals';
import { callsOf, clientOf, entry, expectBooked, resultsOf, untilEnded } from './batch-client.ts';
import { keys } from './configuration.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let world: StandaloneWorld | undefined;
afterEach(() => world?.stop(), 60_000);

const broken = {
  brokenLike: 'claude-haiku-4-5',
  brokenModels: { failing: 'fault=overloaded', late: 'fault=timeout' },
} as const;

describe('a batch', () => {
  test('is worked off at half the price, entry by entry on the books', async () => {
    world = await startWorld({ ...broken });
    const client = clientOf(world);
    const requests = [entry('one'), entry('two'), entry('three', 'failing'), entry('four', 'late')];
    const created = await client.messages.batches.create({ requests });
    expect(created).toMatchObject({ type: 'message_batch', results_url: null, request_counts: { processing: 4 } });
    const ended = await untilEnded(client, created.id);
    expect(ended.request_counts).toEqual({ processing: 0, succeeded: 2, errored: 1, canceled: 0, expired: 1 });
    const results = await resultsOf(client, created.id);
    expect(results.get('one')).toMatchObject({
      type: 'succeeded',
      message: { role: 'assistant', stop_reason: expect.any(String), usage: { service_tier: 'batch' } },
    });
    expect(results.get('three')).toMatchObject({ type: 'errored', error: { error: { type: expect.any(String) } } });
    expect(results.get('four')).toEqual({ type: 'expired' });
    expect((await client.messages.batches.list()).data.map(({ id }) => id)).toEqual([created.id]);
    const spent = await expectBooked(world);
    const one = results.get('one') as Anthropic.Messages.MessageBatchSucceededResult;
    const two = results.get('two') as Anthropic.Messages.MessageBatchSucceededResult;
    const tokens = (kind: 'input_tokens' | 'output_tokens') =>
      BigInt(one.message.usage[kind] + two.message.usage[kind]);
    expect(spent).toBe(tokens('input_tokens') * 500_000n + tokens('output_tokens') * 2_500_000n);
    const explained = await world.waybill(['explain', `${created.id}_1`]);
    expect(explained.stdout).toContain('claude-haiku-4-5');
  }, 90_000);

  test('goes to a provider of another dialect, whose batches are files, and comes back in its own', async () => {
    world = await startWorld({ brokenModels: { failing: 'fault=overloaded', late: 'fault=timeout' } });
    const client = clientOf(world);
    const requests = [entry('one', 'gpt-4o-mini'), entry('two', 'failing'), entry('three', 'late')];
    const { id } = await client.messages.batches.create({ requests });
    const ended = await untilEnded(client, id);
    expect(ended.request_counts).toEqual({ processing: 0, succeeded: 1, errored: 1, canceled: 0, expired: 1 });
    const results = await resultsOf(client, id);
    const one = results.get('one') as Anthropic.Messages.MessageBatchSucceededResult;
    expect(one.message).toMatchObject({ role: 'assistant', content: [{ type: 'text', text: expect.any(String) }] });
    const { input_tokens: input, output_tokens: output } = one.message.usage;
    expect(await expectBooked(world)).toBe(BigInt(input) * 75_000n + BigInt(output) * 300_000n);
  }, 90_000);

  test('that is cancelled in time costs nothing, and others do not see it', async () => {
    world = await startWorld({ simulator: { batchMs: 3_600_000 } });
    const client = clientOf(world);
    const { id } = await client.messages.batches.create({ requests: [entry('one'), entry('two')] });
    const stranger = clientOf(world, keys.acme);
    await expect(stranger.messages.batches.retrieve(id)).rejects.toThrow(Anthropic.NotFoundError);
    await expect(stranger.messages.batches.cancel(id)).rejects.toThrow(Anthropic.NotFoundError);
    await expect(client.messages.batches.results(id)).rejects.toThrow(/results_url/);
    expect((await client.messages.batches.cancel(id)).processing_status).toBe('canceling');
    const ended = await untilEnded(client, id);
    expect(ended.request_counts).toMatchObject({ succeeded: 0, canceled: 2 });
    expect(await expectBooked(world)).toBe(0n);
  }, 90_000);

  test('that a budget has no room for, that no provider takes, or that is wrong, goes nowhere', async () => {
    world = await startWorld({ smallBudgetUsd: 0.001 });
    const client = clientOf(world);
    const many = Array.from({ length: 120 }, (_, index) => entry(`n${index}`));
    await expect(client.messages.batches.create({ requests: many })).rejects.toThrow(/small-total/);
    const refused = (requests: ReturnType<typeof entry>[], because: RegExp) =>
      expect(client.messages.batches.create({ requests })).rejects.toThrow(because);
    await refused([entry('one', 'gemini-2.5-flash')], /no provider that takes batches/);
    await refused([entry('one'), entry('one')], /custom_id/);
    await refused([entry('one', 'unknown-model')], /unknown-model/);
    expect(await callsOf(world)).toEqual([]);
    const { stdout } = await world.waybill(['budgets', 'show', 'small-total', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ spent_pico_usd: '0', held_pico_usd: '0' });
  }, 90_000);
});
