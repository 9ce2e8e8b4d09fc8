// The official OpenAI SDK talks to the simulator by responses and by legacy completions.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: OpenAI;
const question = 'What is the weather in Lisbon?';
const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

beforeAll(async () => {
  simulator = await startSimulator();
  client = new OpenAI({ apiKey: 'sk-good', baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

describe('responses', () => {
  test('answers, and bills the usage it reports', async () => {
    const response = await client.responses.create({ model: 'gpt-6-sol', input: question });
    expect(response).toMatchObject({ status: 'completed', model: 'gpt-6-sol', error: null, incomplete_details: null });
    expect(response.output_text).toContain('Lisbon');
    const [line] = simulator.bill().lines;
    expect(line).toMatchObject({ outcome: 'complete', usageTold: 'sent', usage: response.usage });
    const { input_tokens, output_tokens } = response.usage as OpenAI.Responses.ResponseUsage;
    expect(line?.amountPicoUsd).toBe(BigInt(input_tokens) * 2_000_000n + BigInt(output_tokens) * 10_000_000n);
  });

  test('streams what it would have answered in one piece, with numbered events', async () => {
    const request = { model: 'gpt-6-sol', input: question, reasoning: { effort: 'low', summary: 'auto' } } as const;
    const whole = await client.responses.create(request);
    const stream = client.responses.stream(request);
    const numbers: number[] = [];
    for await (const event of stream) numbers.push(event.sequence_number);
    const final = await stream.finalResponse();
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(final.output_text).toBe(whole.output_text);
    expect(final.usage).toEqual(whole.usage);
    expect(final.usage?.output_tokens_details.reasoning_tokens).toBe(16);
    expect(final.output[0]).toMatchObject({ type: 'reasoning', summary: [{ type: 'summary_text' }] });
    const [first, second] = simulator.bill().lines;
    expect(second).toMatchObject({ tokensGenerated: final.usage?.output_tokens, amountPicoUsd: first?.amountPicoUsd });
  });

  test('calls tools in parallel, and goes on from their results and from what it thought', async () => {
    const reasoning = { effort: 'low' } as const;
    const request = { model: 'gpt-6-sol#tool-calls=2', tools: [weather], reasoning };
    const stream = client.responses.stream({ ...request, input: question });
    const { output } = await stream.finalResponse();
    const calls = output.filter((item) => item.type === 'function_call');
    expect(output[0]).toMatchObject({ type: 'reasoning', encrypted_content: expect.any(String) });
    expect(calls.map(({ arguments: json }) => JSON.parse(json))).toEqual(Array(2).fill({ city: expect.any(String) }));
    const results = calls.map(({ call_id }) => ({
      type: 'function_call_output' as const,
      call_id,
      output: 'mist, 18 degrees',
    }));
    const kept = output.map((item) => ({ ...item })) as OpenAI.Responses.ResponseInput;
    const input = [{ role: 'user' as const, content: question }, ...kept, ...results];
    expect((await client.responses.create({ ...request, input })).output_text).toContain('mist, 18 degrees');
  });

  test('honours the cap and a schema', async () => {
    const capped = await client.responses.create({ model: 'gpt-4o#output=50', input: question, max_output_tokens: 16 });
    expect(capped).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(capped.usage?.output_tokens).toBe(16);
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const format = { type: 'json_schema', name: 'place', schema } as const;
    const structured = await client.responses.create({ model: 'gpt-4o', input: question, text: { format } });
    expect(JSON.parse(structured.output_text)).toEqual({ city: 'Lisbon' });
  });

  test.each([
    ['a result without its call', { input: [{ type: 'function_call_output', call_id: 'x', output: '' }] }, 'input'],
    [
      'what another provider encrypted',
      { input: [{ type: 'reasoning', id: 'r', summary: [], encrypted_content: 'x' }] },
      null,
    ],
    ['a small cap', { max_output_tokens: 5 }, 'max_output_tokens'],
    ['sampling while it reasons', { temperature: 0.5, reasoning: { effort: 'low' } }, 'temperature'],
    ['a parameter of chat completions', { stop: ['x'] }, 'stop'],
  ])('refuses %s', async (_what, fields, param) => {
    const request = { model: 'gpt-6-sol', input: question, ...fields } as OpenAI.Responses.ResponseCreateParams;
    await expect(client.responses.create(request)).rejects.toMatchObject({ status: 400, param });
    expect(simulator.bill().total).toMatchObject({ refused: 1, amountPicoUsd: 0n });
  });

  test('counts the tokens of a request', async () => {
    const counted = await client.responses.inputTokens.count({ model: 'gpt-6-sol', input: question });
    const { usage } = await client.responses.create({ model: 'gpt-6-sol', input: question });
    expect(counted.input_tokens).toBe(usage?.input_tokens);
  });

  test('a stream that breaks off ends with an error event, and what was generated is billed', async () => {
    const stream = await client.responses.create({
      model: 'gpt-6-sol#fault=error-frame:6',
      input: question,
      stream: true,
    });
    const types: string[] = [];
    const reading = (async () => {
      for await (const event of stream) types.push(event.type);
    })();
    await expect(reading).rejects.toThrow('Overloaded');
    expect(types.at(-1)).toBe('response.output_text.delta');
    expect(simulator.bill().lines[0]).toMatchObject({ outcome: 'cut', tokensGenerated: 2, usageTold: 'not-sent' });
  });
});

describe('legacy completions', () => {
  const model = 'gpt-3.5-turbo-instruct';

  test('continue a text, whole and streamed', async () => {
    const request = { model, prompt: 'Once upon a time', max_tokens: 40 };
    const whole = await client.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'stop', index: 0 });
    let text = '';
    let usage: unknown;
    const stream = await client.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.text);
    expect(usage).toEqual(whole.usage);
    const { prompt_tokens, completion_tokens } = whole.usage as OpenAI.CompletionUsage;
    const amount = BigInt(prompt_tokens) * 1_500_000n + BigInt(completion_tokens) * 2_000_000n;
    expect(simulator.bill().lines.map(({ amountPicoUsd }) => amountPicoUsd)).toEqual([amount, amount]);
  });

  test('and chats each refuse the models of the other', async () => {
    await expect(client.completions.create({ model: 'gpt-4o', prompt: 'x' })).rejects.toMatchObject({ status: 404 });
    const messages = [{ role: 'user' as const, content: 'x' }];
    await expect(client.chat.completions.create({ model, messages })).rejects.toMatchObject({ status: 404 });
  });
});
