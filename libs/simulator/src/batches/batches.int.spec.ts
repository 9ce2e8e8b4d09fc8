// Batches over the real wire, read by the vendor's own SDK.
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../simulator.ts';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function open(batchMs = 0) {
  simulator = await startSimulator({ batchMs });
  const baseURL = `${simulator.url}/anthropic`;
  return { simulator, client: new Anthropic({ apiKey: 'sk-ant-a', baseURL, maxRetries: 0 }), baseURL };
}

function entry(customId: string, model = 'claude-haiku-4-5') {
  const messages = [{ role: 'user' as const, content: `What is ${customId}?` }];
  return { custom_id: customId, params: { model, max_tokens: 50, messages } };
}

async function resultsOf(client: Anthropic, id: string) {
  const results: Anthropic.Messages.MessageBatchIndividualResponse[] = [];
  for await (const result of await client.messages.batches.results(id)) results.push(result);
  return results;
}

test('entries are answered, fail or expire each for itself; what was answered is billed at half the price', async () => {
  const { simulator, client } = await open();
  const requests = [
    entry('a', 'claude-haiku-4-5#input=1000&output=40'),
    entry('b', 'claude-haiku-4-5#fault=overloaded'),
    entry('c', 'claude-haiku-4-5#fault=timeout'),
  ];
  const created = await client.messages.batches.create({ requests });
  expect(created).toMatchObject({ type: 'message_batch', processing_status: 'in_progress', results_url: null });
  const ended = await client.messages.batches.retrieve(created.id);
  expect(ended.request_counts).toEqual({ processing: 0, succeeded: 1, errored: 1, canceled: 0, expired: 1 });
  const results = await resultsOf(client, created.id);
  expect(results.map(({ custom_id, result }) => [custom_id, result.type])).toEqual([
    ['c', 'expired'],
    ['b', 'errored'],
    ['a', 'succeeded'],
  ]);
  expect(results[1]!.result).toMatchObject({ error: { error: { type: 'overloaded_error' } } });
  expect(results[2]!.result).toMatchObject({ message: { usage: { input_tokens: 1000, service_tier: 'batch' } } });
  const { total, lines } = simulator.bill();
  expect(total.amountPicoUsd).toBe(1000n * 500_000n + 40n * 2_500_000n);
  expect(lines.map(({ gatewayCallId }) => gatewayCallId)).toEqual(['a']);
});

test('a batch that is cancelled in time costs nothing', async () => {
  const { simulator, client } = await open(60_000);
  const { id } = await client.messages.batches.create({ requests: [entry('a'), entry('b')] });
  expect((await client.messages.batches.retrieve(id)).processing_status).toBe('in_progress');
  expect((await client.messages.batches.cancel(id)).processing_status).toBe('canceling');
  expect((await client.messages.batches.retrieve(id)).request_counts).toMatchObject({ processing: 0, canceled: 2 });
  expect((await resultsOf(client, id)).map(({ result }) => result.type)).toEqual(['canceled', 'canceled']);
  expect(simulator.bill().total.calls).toBe(0);
});

test('pages list the newest first, and only the batches of the key', async () => {
  const { client, baseURL } = await open();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c'])
    ids.unshift((await client.messages.batches.create({ requests: [entry(name)] })).id);
  const listed: string[] = [];
  for await (const batch of client.messages.batches.list({ limit: 2 })) listed.push(batch.id);
  expect(listed).toEqual(ids);
  const other = new Anthropic({ apiKey: 'sk-ant-b', baseURL, maxRetries: 0 });
  expect((await other.messages.batches.list()).data).toEqual([]);
  await expect(other.messages.batches.retrieve(ids[0]!)).rejects.toThrow(Anthropic.NotFoundError);
});

test('what no batch can be made of is refused; a connection that breaks loses the answer, not the batch', async () => {
  const { simulator, client } = await open();
  const refused = (requests: ReturnType<typeof entry>[]) =>
    expect(client.messages.batches.create({ requests })).rejects.toThrow(Anthropic.BadRequestError);
  await refused([]);
  await refused([entry('a b')]);
  await refused([entry('a'), entry('a')]);
  simulator.setFaults([{ operation: 'batch', nth: 1, directives: 'fault=reset' }]);
  await expect(client.messages.batches.create({ requests: [entry('a')] })).rejects.toThrow(
    Anthropic.APIConnectionError,
  );
  expect((await client.messages.batches.list()).data).toHaveLength(1);
});
