// OpenAI's files and batches from outside: its SDK against the gateway, and the books against the provider's bill.
import { afterEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { callsOf, clientOf, expectBooked, resultsOf } from './batch-client.ts';
import { keys } from './configuration.ts';
import { chats, handIn, lineOf, linesIn, openAiClientOf, untilOver, uploadOf } from './openai-batch-client.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let world: StandaloneWorld | undefined;
afterEach(() => world?.stop(), 60_000);

const broken = { brokenModels: { failing: 'fault=overloaded', late: 'fault=timeout' } };

describe('a batch made of a file', () => {
  test('is worked off at half the price, and its two files of results are its own', async () => {
    world = await startWorld(broken);
    const client = openAiClientOf(world);
    const file = await uploadOf(client, [
      lineOf('one'),
      lineOf('two'),
      lineOf('three', 'failing'),
      lineOf('four', 'late'),
    ]);
    expect(file).toMatchObject({ object: 'file', purpose: 'batch', filename: 'calls.jsonl', status: 'processed' });
    expect((await client.files.retrieve(file.id)).bytes).toBe(file.bytes);
    expect(Buffer.byteLength(await (await client.files.content(file.id)).text())).toBe(file.bytes);
    const metadata = { project: 'skies' };
    const asked = { input_file_id: file.id, endpoint: chats, completion_window: '24h', metadata } as const;
    const created = await client.batches.create(asked);
    expect(created).toMatchObject({ object: 'batch', ...asked, errors: null, output_file_id: null });
    const ended = await untilOver(client, created.id);
    expect(ended).toMatchObject({ status: 'expired', request_counts: { total: 4, completed: 2, failed: 2 }, metadata });
    const output = await linesIn(client, ended.output_file_id);
    expect([...output.keys()].toSorted()).toEqual(['one', 'two']);
    const [one, two] = ['one', 'two'].map((name) => output.get(name)?.response?.body);
    expect(one).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: expect.any(String) } }] });
    const errors = await linesIn(client, ended.error_file_id);
    expect(errors.get('three')).toMatchObject({ response: { status_code: 503, body: { error: {} } }, error: null });
    expect(errors.get('four')).toMatchObject({ response: null, error: { code: 'batch_expired' } });
    const tokens = (kind: 'prompt_tokens' | 'completion_tokens') => BigInt(one!.usage![kind] + two!.usage![kind]);
    expect(await expectBooked(world)).toBe(tokens('prompt_tokens') * 75_000n + tokens('completion_tokens') * 300_000n);
    expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([created.id]);
    expect(await client.files.delete(file.id)).toMatchObject({ deleted: true });
    await expect(client.files.retrieve(file.id)).rejects.toThrow(OpenAI.NotFoundError);
  }, 90_000);

  test.each([
    ['/v1/responses', 'gpt-4o-mini', { input: 'Why?', max_output_tokens: 60 }, 'response'],
    ['/v1/completions', 'claude-haiku-4-5', { prompt: 'Why?', max_tokens: 60 }, 'text_completion'],
  ] as const)(
    'may be for %s',
    async (endpoint, model, body, object) => {
      world = await startWorld();
      const client = openAiClientOf(world);
      const { id: fileId } = await uploadOf(client, [{ ...lineOf('one'), url: endpoint, body: { model, ...body } }]);
      const asked = { input_file_id: fileId, endpoint, completion_window: '24h' } as const;
      const { id } = await client.batches.create(asked);
      const chat = await handIn(client, [lineOf('one')]);
      const ended = await untilOver(client, id);
      const { response } = (await linesIn(client, ended.output_file_id)).get('one')!;
      expect(response).toMatchObject({
        status_code: 200,
        body: { object, usage: { total_tokens: expect.any(Number) } },
      });
      const listed: string[] = [];
      for await (const batch of client.batches.list({ limit: 1 })) listed.push(batch.id);
      expect(listed).toEqual([chat.id, id]);
      await untilOver(client, chat.id);
      expect(await expectBooked(world)).toBeGreaterThan(0n);
    },
    90_000,
  );

  test('goes to a provider of another dialect, and is told of in either', async () => {
    world = await startWorld();
    const client = openAiClientOf(world);
    const { id } = await handIn(client, [lineOf('one', 'claude-haiku-4-5')]);
    const ended = await untilOver(client, id);
    expect(ended).toMatchObject({ status: 'completed', error_file_id: null });
    const answer = (await linesIn(client, ended.output_file_id)).get('one')?.response?.body;
    const { prompt_tokens: input, completion_tokens: output } = answer!.usage!;
    expect(await expectBooked(world)).toBe(BigInt(input) * 500_000n + BigInt(output) * 2_500_000n);
    const asMessage = (await resultsOf(clientOf(world), id)).get('one');
    expect(asMessage).toMatchObject({ type: 'succeeded', message: { usage: { output_tokens: output } } });
  }, 90_000);

  test('that its provider will not begin, since it takes one model at a time, fails with the reason and costs nothing', async () => {
    world = await startWorld();
    const client = openAiClientOf(world);
    const { id } = await handIn(client, [lineOf('one'), lineOf('two', 'gpt-4o')]);
    const failed = await untilOver(client, id);
    expect(failed).toMatchObject({
      status: 'failed',
      output_file_id: null,
      request_counts: { completed: 0, failed: 2 },
    });
    expect(failed.errors?.data?.[0]?.message).toMatch(/model.*line 2/);
    const errors = await linesIn(client, failed.error_file_id);
    expect([...errors.keys()].toSorted()).toEqual(['one', 'two']);
    expect(errors.get('one')).toMatchObject({
      response: { body: { error: { message: expect.stringMatching(/line 2/) } } },
    });
    expect(await expectBooked(world)).toBe(0n);
  }, 90_000);

  test('that is cancelled in time costs nothing, and others see neither it nor its file', async () => {
    world = await startWorld({ simulator: { batchMs: 3_600_000 } });
    const client = openAiClientOf(world);
    const { id, input_file_id: fileId } = await handIn(client, [lineOf('one'), lineOf('two')]);
    const stranger = openAiClientOf(world, keys.acme);
    const notTheirs = [
      stranger.batches.retrieve(id),
      stranger.batches.cancel(id),
      stranger.files.retrieve(fileId),
      stranger.files.content(fileId),
      stranger.files.content(`file_output_${id}`),
      stranger.files.delete(fileId),
      stranger.batches.create({ input_file_id: fileId, endpoint: chats, completion_window: '24h' }),
    ];
    for (const refused of await Promise.allSettled(notTheirs))
      expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(OpenAI.NotFoundError) });
    await expect(client.files.content(`file_output_${id}`)).rejects.toThrow(/has not ended/);
    expect((await client.batches.cancel(id)).status).toBe('cancelling');
    const ended = await untilOver(client, id);
    expect(ended).toMatchObject({ status: 'cancelled', output_file_id: null });
    expect([...(await linesIn(client, ended.error_file_id)).values()].map(({ error }) => error?.code)).toEqual([
      'batch_cancelled',
      'batch_cancelled',
    ]);
    expect(await expectBooked(world)).toBe(0n);
  }, 90_000);
});

describe('what no batch can be made of', () => {
  test('is refused with the number of the line, and goes nowhere', async () => {
    world = await startWorld({ maxBodyBytes: 100_000 });
    const client = openAiClientOf(world);
    const refused = async (lines: (object | string)[], because: RegExp) => {
      const error = await handIn(client, lines).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect((error as Error).message).toMatch(because);
    };
    const good = lineOf('one');
    await refused([good, '{"custom_id":'], /line 2: .*JSON/);
    await refused([good, '', '[]'], /line 3: /);
    await refused([good, good], /line 2: custom_id/);
    await refused([good, { ...lineOf('two'), method: 'GET' }], /line 2: method/);
    await refused([good, { ...lineOf('two'), url: '/v1/embeddings' }], /line 2: url .*chat\/completions/);
    await refused([lineOf('one', 'gpt-4o-mini', { messages: 7 })], /line 1: body: messages/);
    await refused([good, lineOf('two', 'gpt-4o-mini', { stream: true })], /line 2: body.stream/);
    await refused([lineOf('one', 'gemini-2.5-flash')], /no provider that takes batches/);
    await refused(['\n'], /no lines/);
    const { id } = await uploadOf(client, [good]);
    const other = { input_file_id: id, endpoint: '/v1/embeddings', completion_window: '24h' } as const;
    await expect(client.batches.create(other)).rejects.toThrow(/endpoint .*chat\/completions/);
    await expect(client.batches.create({ ...other, input_file_id: 'file_1', endpoint: chats })).rejects.toThrow(
      OpenAI.NotFoundError,
    );
    await expect(uploadOf(client, ['x'.repeat(100_001)])).rejects.toMatchObject({ status: 413 });
    await expect(uploadOf(client, [])).rejects.toThrow(/empty/);
    const file = new File(['x'], 'x');
    await expect(client.files.create({ file, purpose: 'fine-tune' })).rejects.toThrow(/purpose/);
    await expect(handIn(client, [lineOf('one', 'unknown-model')])).rejects.toThrow(/unknown-model/);
    const headers = { authorization: `Bearer ${keys.small}` };
    for (const query of [
      'batches?after=a&after=b',
      'batches?limit=0',
      'batches?limit=1&limit=2',
      'messages/batches?after_id=a&after_id=b',
    ])
      expect({ query, status: (await fetch(`${world.url}/v1/${query}`, { headers })).status }).toEqual({
        query,
        status: 400,
      });
    expect(await callsOf(world)).toEqual([]);
    expect(await expectBooked(world)).toBe(0n);
  }, 90_000);
});
