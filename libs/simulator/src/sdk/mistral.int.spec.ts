// Mistral's own SDK must be able to talk to the simulator.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Mistral } from '@mistralai/mistralai';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: Mistral;
const question = { role: 'user' as const, content: 'What is the weather in Lisbon?' };
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const weather = { type: 'function' as const, function: { name: 'get_weather', parameters } };

beforeAll(async () => {
  simulator = await startSimulator();
  client = new Mistral({ apiKey: 'key', serverURL: `${simulator.url}/mistral` });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

test('answers, and streams the same with its usage unasked', async () => {
  const request = { model: 'mistral-large-3', messages: [question] };
  const whole = await client.chat.complete(request);
  let text = '';
  let usage: unknown;
  for await (const { data } of await client.chat.stream(request)) {
    text += String(data.choices[0]?.delta.content ?? '');
    usage = data.usage ?? usage;
  }
  expect(text).toBe(whole.choices[0]?.message?.content);
  expect(usage).toEqual(whole.usage);
  const { promptTokens = 0, completionTokens = 0 } = whole.usage;
  const amount = BigInt(promptTokens) * 500_000n + BigInt(completionTokens) * 1_500_000n;
  expect(simulator.bill().lines).toMatchObject(Array(2).fill({ amountPicoUsd: amount, usageTold: 'sent' }));
});

test('calls tools whole, by ids that it takes back', async () => {
  const request = { model: 'mistral-large-3#tool-calls=2', messages: [question], tools: [weather] };
  const { choices } = await client.chat.complete(request);
  const message = choices[0]?.message;
  const calls = message?.toolCalls ?? [];
  expect(choices[0]?.finishReason).toBe('tool_calls');
  for (const { id } of calls) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  const results = calls.map(({ id }) => ({ role: 'tool' as const, toolCallId: id, content: 'mist, 18 degrees' }));
  const said = { role: 'assistant' as const, content: '', toolCalls: calls };
  const next = await client.chat.complete({ ...request, messages: [question, said, ...results] });
  expect(next.choices[0]?.message?.content).toContain('mist, 18 degrees');
});

test('shows what it thought as content', async () => {
  const { choices } = await client.chat.complete({ model: 'mistral-medium-3.5#reasoning=5', messages: [question] });
  expect(choices[0]?.message?.content).toMatchObject([{ type: 'thinking' }, { type: 'text' }]);
});

test('embeds', async () => {
  const { data, usage } = await client.embeddings.create({
    model: 'mistral-embed',
    inputs: ['a', 'b'],
    outputDimension: 8,
  });
  expect(data.map(({ embedding }) => embedding?.length)).toEqual([8, 8]);
  expect(usage.promptTokens).toBe(2);
});

test.each([
  ['a field that it does not know', { stream_options: { include_usage: true } }, 422],
  ["another provider's id of a tool call", { messages: [{ role: 'tool', tool_call_id: 'call_1', content: '' }] }, 400],
])('refuses %s', async (_what, fields, status) => {
  const answer = await fetch(`${simulator.url}/mistral/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer key' },
    body: JSON.stringify({ model: 'm', messages: [question], ...fields }),
  });
  expect(answer.status).toBe(status);
});
