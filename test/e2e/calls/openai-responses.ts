// The official OpenAI SDK's responses and legacy completions against the gateway, whatever vendor answers.
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { WorldNow } from './calls-suite.ts';
import { costUsd, expectHeaders } from './curl.ts';

const models = ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'];
const input = 'Why is the sky blue?';
const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const;

export function responsesTests(world: WorldNow): void {
  const client = () => new OpenAI({ baseURL: `${world().url}/v1`, apiKey: world().key, maxRetries: 0 });

  describe("the openai SDK's responses", () => {
    test('an answer in one piece, with what it cost', async () => {
      const { data, response } = await client().responses.create({ model: 'gpt-4o-mini', input }).withResponse();
      expect(data).toMatchObject({ status: 'completed', error: null });
      expect(data.output_text).not.toBe('');
      expectHeaders(response.headers);
      const { input_tokens: prompt = 0, output_tokens: said = 0 } = data.usage ?? {};
      expect(Number(response.headers.get('x-waybill-cost-usd'))).toBe(costUsd(prompt, said));
    });

    test.each(models)('a stream from %s that is the same answer', async (model) => {
      const whole = await client().responses.create({ model, input });
      const streamed = await client().responses.stream({ model, input }).finalResponse();
      expect(streamed.output_text).toBe(whole.output_text);
      expect(streamed).toMatchObject({ status: 'completed', usage: whole.usage });
    });

    test.each(models)('a tool of %s called, answered, and the answer to that', async (model) => {
      const ask = { role: 'user', content: 'What is the weather in Lisbon?' } as const;
      const asked = { model, input: [ask], tools: [weather] };
      const { output } = await client().responses.stream(asked).finalResponse();
      const call = output.find((item) => item.type === 'function_call');
      expect(call).toMatchObject({ name: 'get_weather', status: 'completed' });
      expect(JSON.parse(call?.arguments ?? '')).toEqual({ city: 'Lisbon' });
      const result = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'mist' } as const;
      const conversation = [ask, ...output, result] as OpenAI.Responses.ResponseInput;
      const answer = await client().responses.create({ ...asked, input: conversation, tool_choice: 'none' });
      expect(answer.status).toBe('completed');
      expect(answer.output_text).not.toBe('');
    });

    test('an answer of the shape that was asked for', async () => {
      const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
      const text = { format: { type: 'json_schema', name: 'place', schema, strict: true } } as const;
      const answer = await client().responses.create({ model: 'gpt-4o-mini', input, text });
      expect(JSON.parse(answer.output_text)).toEqual({ city: expect.any(String) });
    });

    test('what would need a server that remembers is refused', async () => {
      const asked = client().responses.create({ model: 'gpt-4o-mini', input, previous_response_id: 'resp_1' });
      await expect(asked).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
    });
  });

  describe("the openai SDK's legacy completions", () => {
    const asked = { model: 'gpt-4o-mini', prompt: input };

    test('the same text, in one piece and in many', async () => {
      const whole = await client().completions.create(asked);
      expect(whole).toMatchObject({ object: 'text_completion', choices: [{ finish_reason: 'stop' }] });
      const stream = await client().completions.create({
        ...asked,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.text ?? '';
        ({ usage } = chunk);
      }
      expect(text).toBe(whole.choices[0]?.text);
      expect(usage).toEqual(whole.usage);
    });
  });
}
