// The official OpenAI SDK must be able to talk to the simulator.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: OpenAI;
const question = { role: 'user' as const, content: 'What is the weather in Lisbon?' };
const weather: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

beforeAll(async () => {
  simulator = await startSimulator({ badKeys: ['sk-revoked'] });
  client = new OpenAI({ apiKey: 'sk-good', baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

describe('chat', () => {
  test('answers, and bills the usage it reports', async () => {
    const completion = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [question] });
    expect(completion.model).toBe('gpt-4o-mini-2024-07-18');
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.choices[0]?.message.content).toContain('Lisbon');
    const [line] = simulator.bill().lines;
    expect(line).toMatchObject({ outcome: 'complete', usageTold: 'sent', model: 'gpt-4o-mini' });
    expect(line?.usage).toEqual(completion.usage);
    const { prompt_tokens, completion_tokens } = completion.usage as OpenAI.CompletionUsage;
    expect(line?.amountPicoUsd).toBe(BigInt(prompt_tokens) * 150_000n + BigInt(completion_tokens) * 600_000n);
  });

  test('streams what it would have answered in one piece, with the same usage', async () => {
    const request = { model: 'gpt-4o', messages: [question] };
    const whole = await client.chat.completions.create(request);
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const stream = await client.chat.completions.create({ ...request, ...options });
    let text = '';
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
    const [first, second] = simulator.bill().lines;
    expect(second?.amountPicoUsd).toBe(first?.amountPicoUsd);
  });

  test('leaves usage out of a stream that did not ask for it, and bills all the same', async () => {
    const stream = await client.chat.completions.create({ model: 'gpt-4o', messages: [question], stream: true });
    for await (const chunk of stream) expect(chunk.usage).toBeUndefined();
    expect(simulator.bill().lines[0]).toMatchObject({ usageTold: 'not-sent', outcome: 'complete' });
    expect(simulator.bill().total.amountPicoUsd).toBeGreaterThan(0n);
  });

  test('honours the cap, stop sequences and JSON schemas', async () => {
    const capped = await client.chat.completions.create({ model: 'gpt-4o', messages: [question], max_tokens: 5 });
    expect(capped.choices[0]?.finish_reason).toBe('length');
    expect(capped.usage?.completion_tokens).toBe(5);
    const schema = { name: 'place', schema: { type: 'object', properties: { city: { type: 'string' } } } };
    const structured = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [question],
      response_format: { type: 'json_schema', json_schema: schema },
    });
    expect(JSON.parse(structured.choices[0]?.message.content ?? '')).toEqual({ city: 'Lisbon' });
  });
});

describe('tools', () => {
  test('a call, its result, and an answer that uses it', async () => {
    const request = { model: 'gpt-4o', messages: [question], tools: [weather] };
    const { choices } = await client.chat.completions.create(request);
    const message = choices[0]?.message as OpenAI.Chat.ChatCompletionMessage;
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    const call = message.tool_calls?.[0] as OpenAI.Chat.ChatCompletionMessageFunctionToolCall;
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Lisbon' });
    const result = { role: 'tool' as const, tool_call_id: call.id, content: 'mist, 18 degrees' };
    const next = await client.chat.completions.create({ ...request, messages: [question, message, result] });
    expect(next.choices[0]?.message.content).toContain('mist, 18 degrees');
  });

  test('parallel calls in a stream are put together by the SDK', async () => {
    const stream = client.chat.completions.stream({
      model: 'gpt-4o#tool-calls=2',
      messages: [question],
      tools: [weather],
      stream_options: { include_usage: true },
    });
    const { choices, usage } = await stream.finalChatCompletion();
    const calls = choices[0]?.message.tool_calls ?? [];
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    for (const call of calls) {
      expect(JSON.parse(call.type === 'function' ? call.function.arguments : '')).toHaveProperty('city');
    }
    expect(simulator.bill().lines[0]).toMatchObject({ tokensGenerated: usage?.completion_tokens, outcome: 'complete' });
  });

  test('models that need /v1/responses for tools refuse them', async () => {
    const request = { model: 'gpt-6-sol', messages: [question], tools: [weather] };
    await expect(client.chat.completions.create(request)).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'reasoning_effort',
    });
  });
});

test('embeddings, as floats and as base64', async () => {
  const input = ['the cat sat', 'the cat stood', 'quarterly revenue'];
  const request = { model: 'text-embedding-3-small', input };
  const floats = await client.embeddings.create({ ...request, encoding_format: 'float' });
  const coded = await client.embeddings.create(request);
  expect(coded.data[0]?.embedding).toHaveLength(1536);
  expect(coded.data[1]?.embedding[7]).toBeCloseTo(floats.data[1]?.embedding[7] as number, 6);
  const [first, near, far] = floats.data.map(({ embedding }) => embedding) as [number[], number[], number[]];
  const nearness = (other: number[]) => first.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
  expect(nearness(near)).toBeGreaterThan(nearness(far));
  expect(simulator.bill().lines[0]?.amountPicoUsd).toBe(BigInt(floats.usage.prompt_tokens) * 20_000n);
});

test('models', async () => {
  const models = await client.models.list();
  expect(models.data.map((model) => model.id)).toContain('gpt-4o-mini');
  expect((await client.models.retrieve('gpt-4o')).id).toBe('gpt-4o');
});

describe('errors are those the SDK has classes for', () => {
  const ask = (model: string) => client.chat.completions.create({ model, messages: [question] });
  test.each([
    ['unauthorized', OpenAI.AuthenticationError, 'invalid_api_key'],
    ['forbidden', OpenAI.PermissionDeniedError, 'unsupported_country_region_territory'],
    ['not-found', OpenAI.NotFoundError, 'model_not_found'],
    ['context-length', OpenAI.BadRequestError, 'context_length_exceeded'],
    ['rate-limit', OpenAI.RateLimitError, 'rate_limit_exceeded'],
    ['quota', OpenAI.RateLimitError, 'insufficient_quota'],
    ['server-error', OpenAI.InternalServerError, null],
    ['unavailable', OpenAI.InternalServerError, 'server_is_overloaded'],
  ])('%s', async (fault, type, code) => {
    const error = await ask(`gpt-4o#fault=${fault}`).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ code });
    expect(simulator.bill().total).toMatchObject({ refused: 1, amountPicoUsd: 0n });
  });

  test('a revoked key, a missing message list, a wrong path', async () => {
    const revoked = client.withOptions({ apiKey: 'sk-revoked' });
    await expect(revoked.chat.completions.create({ model: 'm', messages: [question] })).rejects.toMatchObject({
      status: 401,
    });
    await expect(client.chat.completions.create({ model: 'm', messages: [] })).rejects.toMatchObject({
      status: 400,
      param: 'messages',
    });
    await expect(client.moderations.create({ input: 'x' })).rejects.toMatchObject({ status: 404 });
  });

  test('hidden retries show in the calls', async () => {
    const retrying = client.withOptions({ maxRetries: 1 });
    simulator.setFaults([{ directives: 'fault=server-error', limit: 1 }]);
    await retrying.chat.completions.create({ model: 'gpt-4o', messages: [question] });
    expect(simulator.calls().map((call) => call.headers['x-stainless-retry-count'])).toEqual(['0', '1']);
    expect(JSON.stringify(simulator.calls())).not.toContain('sk-good');
  });
});
