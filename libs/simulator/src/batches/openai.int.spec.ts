// OpenAI's files and batches over the real wire, read by the vendor's own SDK.
import { afterEach, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { type Simulator, startSimulator } from '../simulator.ts';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function open(batchMs = 0) {
  simulator = await startSimulator({ batchMs });
  const baseURL = `${simulator.url}/openai/v1`;
  return { simulator, client: new OpenAI({ apiKey: 'sk-a', baseURL, maxRetries: 0 }), baseURL };
}

const chats = '/v1/chat/completions' as const;

function line(customId: string, model = 'gpt-4o-mini', url: string = chats) {
  const said = [{ role: 'user', content: `What is ${customId}?` }];
  const body = url === chats ? { model, messages: said } : { model, input: said };
  return { custom_id: customId, method: 'POST', url, body };
}

async function handIn(client: OpenAI, lines: readonly object[], endpoint: '/v1/responses' | typeof chats = chats) {
  const file = await toFile(Buffer.from(lines.map((each) => JSON.stringify(each)).join('\n')), 'in.jsonl');
  const { id } = await client.files.create({ file, purpose: 'batch' });
  return client.batches.create({ input_file_id: id, endpoint, completion_window: '24h', metadata: { mine: 'yes' } });
}

async function linesOf(client: OpenAI, fileId: string | null | undefined) {
  const text = await (await client.files.content(fileId ?? '')).text();
  return text
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each));
}

test('entries are answered, fail or expire each for itself; what was answered is billed at half the price', async () => {
  const { simulator, client } = await open();
  const lines = [
    line('a', 'gpt-4o-mini#input=1000&output=40'),
    line('b', 'gpt-4o-mini#fault=overloaded'),
    line('c', 'gpt-4o-mini#fault=timeout'),
  ];
  const created = await handIn(client, lines);
  expect(created).toMatchObject({ object: 'batch', status: 'in_progress', metadata: { mine: 'yes' } });
  const ended = await client.batches.retrieve(created.id);
  expect(ended).toMatchObject({ status: 'expired', request_counts: { total: 3, completed: 1, failed: 2 } });
  const [answer] = await linesOf(client, ended.output_file_id);
  expect(answer).toMatchObject({
    custom_id: 'a',
    response: { status_code: 200, body: { object: 'chat.completion', usage: { prompt_tokens: 1000 } } },
    error: null,
  });
  expect(await linesOf(client, ended.error_file_id)).toMatchObject([
    { custom_id: 'c', response: null, error: { code: 'batch_expired' } },
    { custom_id: 'b', response: { status_code: 529, body: { error: { code: 'server_is_overloaded' } } } },
  ]);
  const { total, lines: billed } = simulator.bill();
  expect(total.amountPicoUsd).toBe(1000n * 75_000n + 40n * 300_000n);
  expect(billed.map(({ gatewayCallId }) => gatewayCallId)).toEqual(['a']);
});

test('entries may be responses; a batch that is cancelled in time costs nothing', async () => {
  const { simulator, client } = await open(60_000);
  const { id } = await handIn(client, [line('a', 'gpt-5', '/v1/responses')], '/v1/responses');
  expect((await client.batches.retrieve(id)).status).toBe('in_progress');
  expect((await client.batches.cancel(id)).status).toBe('cancelling');
  const ended = await client.batches.retrieve(id);
  expect(ended).toMatchObject({ status: 'cancelled', output_file_id: null });
  expect(await linesOf(client, ended.error_file_id)).toMatchObject([{ error: { code: 'batch_cancelled' } }]);
  expect(simulator.bill().total.calls).toBe(0);
});

test('a file with a wrong line fails the batch, which names it', async () => {
  const { client } = await open();
  const { id } = await handIn(client, [
    line('a'),
    line('a'),
    line('b', 'gpt-4o-mini', '/v1/responses'),
    line('c', 'gpt-4o'),
  ]);
  const failed = await client.batches.retrieve(id);
  expect(failed).toMatchObject({ status: 'failed', output_file_id: null, error_file_id: null });
  expect(failed.errors?.data?.map(({ code, line: at }) => [code, at])).toEqual([
    ['duplicate_custom_id', 2],
    ['mismatched_endpoint', 3],
    ['mismatched_model', 4],
  ]);
});

test('files and batches are of their key alone; pages list the newest first', async () => {
  const { client, baseURL } = await open();
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c'])
    ids.unshift((await handIn(client, [line(name, 'o3', '/v1/responses')], '/v1/responses')).id);
  const listed: string[] = [];
  for await (const { id } of client.batches.list({ limit: 2 })) listed.push(id);
  expect(listed).toEqual(ids);
  const [{ input_file_id: file }] = (await client.batches.list()).data as [OpenAI.Batch];
  expect(await client.files.retrieve(file)).toMatchObject({ object: 'file', purpose: 'batch', filename: 'in.jsonl' });
  expect(await linesOf(client, file)).toEqual([line('c', 'o3', '/v1/responses')]);
  const other = new OpenAI({ apiKey: 'sk-b', baseURL, maxRetries: 0 });
  expect((await other.batches.list()).data).toEqual([]);
  await expect(other.batches.retrieve(ids[0]!)).rejects.toThrow(OpenAI.NotFoundError);
  await expect(other.files.content(file)).rejects.toThrow(OpenAI.NotFoundError);
  const borrowed = other.batches.create({ input_file_id: file, endpoint: '/v1/responses', completion_window: '24h' });
  await expect(borrowed).rejects.toThrow(OpenAI.BadRequestError);
});
