// The OpenAI SDK, its Azure class among them, talks to what the simulator plays of Azure and of compatible vendors.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
const question = { role: 'user' as const, content: 'What is the weather in Lisbon?' };
const weather: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

beforeAll(async () => {
  simulator = await startSimulator({ prices: { house: { input: '3', output: '6' } } });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

const at = (mount: string) => new OpenAI({ apiKey: 'key', baseURL: `${simulator.url}/${mount}/v1`, maxRetries: 0 });
const azure = (apiVersion = '2025-04-01-preview') =>
  new AzureOpenAI({ apiKey: 'key', endpoint: `${simulator.url}/azure`, apiVersion, maxRetries: 0 });

describe('Azure by deployments', () => {
  test('chats, and tells what the filter found', async () => {
    const completion = await azure().chat.completions.create({ model: 'house', messages: [question] });
    expect(completion).toMatchObject({
      prompt_filter_results: [{ content_filter_results: { jailbreak: { detected: false } } }],
      choices: [{ finish_reason: 'stop', content_filter_results: { hate: { filtered: false } } }],
    });
    expect(simulator.calls()[0]).toMatchObject({
      dialect: 'azure-openai',
      path: '/deployments/house/chat/completions',
    });
    const { prompt_tokens, completion_tokens } = completion.usage as OpenAI.CompletionUsage;
    const amount = BigInt(prompt_tokens) * 3_000_000n + BigInt(completion_tokens) * 6_000_000n;
    expect(simulator.bill().lines).toMatchObject([{ model: 'house', amountPicoUsd: amount, outcome: 'complete' }]);
  });

  test('streams with a first chunk that has no choices', async () => {
    const stream = await azure().chat.completions.create({
      model: 'house',
      messages: [question],
      stream: true,
      stream_options: { include_usage: true },
    });
    const choices: number[] = [];
    for await (const chunk of stream) choices.push(chunk.choices.length);
    expect(choices[0]).toBe(0);
    expect(choices).toContain(1);
  });

  test('answers responses, completions and embeddings', async () => {
    const response = await azure().responses.create({ model: 'house', input: 'Hi' });
    expect(response.status).toBe('completed');
    const completion = await azure().completions.create({ model: 'house', prompt: 'Once' });
    expect(completion.object).toBe('text_completion');
    const embedding = await azure().embeddings.create({ model: 'house', input: ['a'], encoding_format: 'float' });
    expect(embedding.data).toHaveLength(1);
    expect(simulator.bill().byModel.house).toMatchObject({ calls: 3, complete: 3 });
  });

  test('takes a token of Entra, and refuses in its own words', async () => {
    const token = async () => 'token';
    const withToken = new AzureOpenAI({
      azureADTokenProvider: token,
      endpoint: `${simulator.url}/azure`,
      apiVersion: '2024-10-21',
      maxRetries: 0,
    });
    expect((await withToken.chat.completions.create({ model: 'house', messages: [question] })).choices).toHaveLength(1);
    const ask = (fault: string) =>
      azure().chat.completions.create({ model: `house~fault=${fault}`, messages: [question] });
    await expect(ask('not-found')).rejects.toMatchObject({ status: 404, code: 'DeploymentNotFound' });
    await expect(ask('unauthorized')).rejects.toMatchObject({ status: 401, code: '401' });
    await expect(ask('rate-limit:milliseconds:2')).rejects.toMatchObject({ status: 429, code: '429' });
    const noVersion = new OpenAI({
      apiKey: 'key',
      baseURL: `${simulator.url}/azure/openai/deployments/house`,
      maxRetries: 0,
    });
    await expect(noVersion.chat.completions.create({ model: 'house', messages: [question] })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('the v1 address needs no version', async () => {
    const completion = await at('azure/openai').chat.completions.create({ model: 'house', messages: [question] });
    expect(completion.choices).toHaveLength(1);
  });
});

describe.each(['xai', 'hugging-face', 'vllm', 'lm-studio'])('%s', (mount) => {
  test('streams what it would have answered in one piece', async () => {
    const request = { model: 'house#reasoning=7', messages: [question] };
    const whole = await at(mount).chat.completions.create(request);
    const stream = at(mount).chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
    const [first, second] = simulator.bill().lines;
    expect(second).toMatchObject({ amountPicoUsd: first?.amountPicoUsd, outcome: 'complete', dialect: mount });
    const output = (whole.usage?.completion_tokens ?? 0) + (mount === 'xai' ? 7 : 0);
    const amount = BigInt(whole.usage?.prompt_tokens ?? 0) * 3_000_000n + BigInt(output) * 6_000_000n;
    expect(first).toMatchObject({ amountPicoUsd: amount, tokensGenerated: output });
  });

  test('calls tools in parallel', async () => {
    const stream = at(mount).chat.completions.stream({
      model: 'house#tool-calls=2',
      messages: [question],
      tools: [weather],
    });
    const calls = (await stream.finalChatCompletion()).choices[0]?.message.tool_calls ?? [];
    expect(calls.map((call) => call.type === 'function' && JSON.parse(call.function.arguments))).toEqual(
      Array(2).fill({ city: expect.any(String) }),
    );
  });
});

test('LM Studio answers a path it does not know with status 200', async () => {
  const answer = await fetch(`${simulator.url}/lm-studio/v1/nowhere`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ error: expect.stringContaining('Unexpected endpoint') });
});

test('LM Studio refuses what it does not take', async () => {
  const create = at('lm-studio').chat.completions.create.bind(at('lm-studio').chat.completions);
  const request = { model: 'house', messages: [question] };
  await expect(create({ ...request, response_format: { type: 'json_object' } })).rejects.toMatchObject({ status: 400 });
  const named = { type: 'function', function: { name: 'get_weather' } } as const;
  await expect(create({ ...request, tools: [weather], tool_choice: named })).rejects.toMatchObject({ status: 400 });
});
