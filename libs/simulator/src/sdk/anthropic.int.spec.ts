// The official Anthropic SDK must be able to talk to the simulator.
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: Anthropic;
const model = 'claude-haiku-4-5';
const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'What is the weather in Lisbon?' }];
const tools: Anthropic.Tool[] = [
  { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
];

beforeAll(async () => {
  simulator = await startSimulator({ badKeys: ['revoked'] });
  client = new Anthropic({ apiKey: 'good', baseURL: `${simulator.url}/anthropic`, maxRetries: 0 });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

test('answers, and bills the usage it reports', async () => {
  const message = await client.messages.create({ model, max_tokens: 100, messages });
  expect(message).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text' }] });
  const { input_tokens, output_tokens } = message.usage;
  expect(simulator.bill().lines[0]?.amountPicoUsd).toBe(
    BigInt(input_tokens) * 1_000_000n + BigInt(output_tokens) * 5_000_000n,
  );
});

test('streams what it would have answered in one piece', async () => {
  const request = { model, max_tokens: 100, messages };
  const whole = await client.messages.create(request);
  const streamed = await client.messages.stream(request).finalMessage();
  expect(streamed.content).toEqual(whole.content);
  expect(streamed.stop_reason).toBe(whole.stop_reason);
  expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  expect(simulator.bill().lines[1]).toMatchObject({ outcome: 'complete', usageTold: 'sent' });
});

test('thinks where it is asked to, and bills that as output', async () => {
  const request = { model, max_tokens: 2000, messages, thinking: { type: 'enabled' as const, budget_tokens: 1024 } };
  const streamed = await client.messages.stream(request).finalMessage();
  expect(streamed.content.map((block) => block.type)).toEqual(['thinking', 'text']);
  expect(streamed.content[0]).toMatchObject({ signature: expect.stringMatching(/.+/) });
  const text = streamed.content[1] as Anthropic.TextBlock;
  expect(streamed.usage.output_tokens).toBeGreaterThan(text.text.split(' ').length);
  expect(simulator.bill().lines[0]?.tokensGenerated).toBe(streamed.usage.output_tokens);
});

describe('tools', () => {
  test('a call, its result, and an answer that uses it', async () => {
    const request = { model, max_tokens: 100, messages, tools };
    const message = await client.messages.create(request);
    const call = message.content.find((block) => block.type === 'tool_use') as Anthropic.ToolUseBlock;
    expect(message.stop_reason).toBe('tool_use');
    expect(call.input).toEqual({ city: 'Lisbon' });
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: 'mist, 18 degrees' };
    const turns: Anthropic.MessageParam[] = [
      ...messages,
      { role: 'assistant', content: message.content },
      { role: 'user', content: [result] },
    ];
    const next = await client.messages.create({ ...request, messages: turns });
    expect((next.content[0] as Anthropic.TextBlock).text).toContain('mist, 18 degrees');
  });

  test('parallel calls in a stream are put together by the SDK', async () => {
    const request = { model: `${model}#tool-calls=2`, max_tokens: 100, messages, tools };
    const { content } = await client.messages.stream(request).finalMessage();
    expect(content).toMatchObject([
      { type: 'tool_use', input: { city: expect.any(String) } },
      { type: 'tool_use', input: { city: expect.any(String) } },
    ]);
  });

  test('one call where parallel ones are forbidden', async () => {
    const tool_choice = { type: 'any' as const, disable_parallel_tool_use: true };
    const both = [...tools, { ...tools[0], name: 'get_weather_history' } as Anthropic.Tool];
    const message = await client.messages.create({ model, max_tokens: 100, messages, tools: both, tool_choice });
    expect(message.content).toHaveLength(1);
  });
});

test('marked prompts are written to the cache first and read from it later', async () => {
  const system = [
    {
      type: 'text' as const,
      text: 'be kind '.repeat(50),
      cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
    },
  ];
  const request = { model: 'claude-opus-5-5', max_tokens: 50, system };
  const first = await client.messages.create({ ...request, messages });
  expect(first.usage.cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(100);
  const later = [...messages, { role: 'assistant' as const, content: 'Mist.' }, ...messages];
  const second = await client.messages.create({ ...request, messages: later });
  expect(second.usage.cache_read_input_tokens).toBeGreaterThan(100);
  const { input_tokens, cache_read_input_tokens, output_tokens } = second.usage;
  expect(simulator.bill().lines[1]?.amountPicoUsd).toBe(
    BigInt(input_tokens) * 4_000_000n +
      BigInt(cache_read_input_tokens ?? 0) * 200_000n +
      BigInt(output_tokens) * 20_000_000n,
  );
});

test('token counts and models cost nothing', async () => {
  const counted = await client.messages.countTokens({ model, messages });
  const message = await client.messages.create({ model, max_tokens: 9, messages });
  expect(message.usage.input_tokens).toBe(counted.input_tokens);
  const models = await client.models.list();
  expect(models.data.map(({ id }) => id)).toContain(model);
  expect(simulator.bill().total.calls).toBe(1);
});

describe('errors', () => {
  const ask = (name: string) => client.messages.create({ model: name, max_tokens: 9, messages });
  test.each([
    ['unauthorized', 401, 'authentication_error'],
    ['billing', 402, 'billing_error'],
    ['not-found', 404, 'not_found_error'],
    ['too-large', 413, 'request_too_large'],
    ['rate-limit', 429, 'rate_limit_error'],
    ['server-error', 500, 'api_error'],
    ['overloaded', 529, 'overloaded_error'],
  ])('%s', async (fault, status, type) => {
    await expect(ask(`${model}#fault=${fault}`)).rejects.toMatchObject({ status, type });
  });

  test('in the middle of a stream', async () => {
    const stream = client.messages.stream({ model: `${model}#fault=error-frame:4`, max_tokens: 99, messages });
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: 'overloaded_error' });
    expect(simulator.bill().lines[0]).toMatchObject({ outcome: 'cut', tokensGenerated: 1, usageTold: 'not-sent' });
  });

  test('both ways of sending a key, and neither', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${simulator.url}/anthropic/v1/models`, { headers }).then(({ status }) => status);
    expect(await ask({ 'x-api-key': 'good' })).toBe(200);
    expect(await ask({ authorization: 'Bearer good' })).toBe(200);
    expect(await ask({ 'x-api-key': 'revoked' })).toBe(401);
    expect(await ask({})).toBe(401);
  });

  test('sampling parameters are refused from version 2026-10-21 on, missing caps always', async () => {
    const ask = (version: string, body: object) =>
      fetch(`${simulator.url}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': 'good', 'anthropic-version': version },
        body: JSON.stringify({ model, messages, ...body }),
      }).then(({ status }) => status);
    expect(await ask('2023-06-01', { max_tokens: 5, temperature: 1 })).toBe(200);
    expect(await ask('2026-10-21', { max_tokens: 5, temperature: 1 })).toBe(400);
    expect(await ask('2023-06-01', {})).toBe(400);
  });
});

describe('what models refuse', () => {
  const refusal = async (fields: object, version = '2023-06-01') => {
    const reply = await fetch(`${simulator.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'good', 'anthropic-version': version },
      body: JSON.stringify({ model: 'claude-sonnet-4-6', max_tokens: 2000, messages, ...fields }),
    });
    return reply.status;
  };
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const tool_choice = { type: 'any' };
  const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } };
  const spoken = [...messages, { role: 'assistant', content: [document] }, { role: 'user', content: 'And?' }];
  const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };

  test.each([
    [{ temperature: 0.5 }, 200],
    [{ model: 'claude-opus-4-8', temperature: 0.5 }, 400],
    [{ thinking }, 200],
    [{ thinking, temperature: 0.5 }, 400],
    [{ thinking, top_p: 0.98 }, 200],
    [{ model: 'claude-sonnet-5-5', thinking }, 400],
    [{ model: 'claude-sonnet-5-5', thinking: { type: 'disabled' } }, 200],
    [{ model: 'claude-opus-5-5', thinking: { type: 'disabled' } }, 400],
    [{ tools, tool_choice }, 200],
    [{ tools, tool_choice, thinking }, 400],
    [{ model: 'claude-opus-5-5', tools, tool_choice }, 400],
    [{ system: Array(4).fill(marked) }, 200],
    [{ system: Array(5).fill(marked) }, 400],
    [{ messages: spoken }, 200],
  ])('%j: %p', async (fields, status) => {
    expect(await refusal(fields)).toBe(status);
  });

  test('documents in turns of the assistant, since the newer version', async () => {
    expect(await refusal({ messages: spoken }, '2026-10-21')).toBe(400);
  });
});
