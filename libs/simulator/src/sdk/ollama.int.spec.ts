// Ollama's client must be able to talk to the simulator.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type ChatResponse, Ollama } from 'ollama';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: Ollama;
const messages = [{ role: 'user', content: 'What is the weather in Lisbon?' }];
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: '',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

/** The client appends /api to its host, so the dialect's mount comes before it. */
beforeAll(async () => {
  simulator = await startSimulator();
  client = new Ollama({ host: `${simulator.url}/ollama` });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

test('answers for free', async () => {
  const reply = await client.chat({ model: 'llama3.2', messages });
  expect(reply.message.content).toContain('Lisbon');
  expect(reply).toMatchObject({ done: true, done_reason: 'stop' });
  const usage = { prompt_eval_count: reply.prompt_eval_count, eval_count: reply.eval_count };
  expect(simulator.bill().lines[0]).toMatchObject({ usage, amountPicoUsd: 0n, key: 'no-key', outcome: 'complete' });
});

test('streams what it would have answered in one piece', async () => {
  const whole = await client.chat({ model: 'llama3.2', messages });
  let text = '';
  let last: ChatResponse | undefined;
  for await (const part of await client.chat({ model: 'llama3.2', messages, stream: true })) {
    text += part.message.content;
    last = part;
  }
  expect(text).toBe(whole.message.content);
  expect(last).toMatchObject({ done: true, eval_count: whole.eval_count, prompt_eval_count: whole.prompt_eval_count });
});

test('calls tools, streamed and not', async () => {
  const request = { model: 'llama3.2', messages, tools: [weather] };
  const calls = [{ function: { name: 'get_weather', arguments: { city: 'Lisbon' } } }];
  expect((await client.chat(request)).message.tool_calls).toEqual(calls);
  const streamed = [];
  for await (const part of await client.chat({ ...request, stream: true })) {
    streamed.push(...(part.message.tool_calls ?? []));
  }
  expect(streamed).toEqual(calls);
});

test('embeddings and models', async () => {
  const { embeddings } = await client.embed({ model: 'nomic-embed-text', input: ['one', 'two'] });
  expect(embeddings.map((vector) => vector.length)).toEqual([768, 768]);
  expect((await client.list()).models.map(({ name }) => name)).toContain('llama3.2');
});

test('errors, and one in the middle of a stream', async () => {
  await expect(client.chat({ model: 'nope#fault=not-found', messages })).rejects.toMatchObject({ status_code: 404 });
  const stream = await client.chat({ model: 'llama3.2#fault=error-frame:2', messages, stream: true });
  await expect(
    (async () => {
      for await (const part of stream) expect(part.done).toBe(false);
    })(),
  ).rejects.toThrow('Overloaded');
});
