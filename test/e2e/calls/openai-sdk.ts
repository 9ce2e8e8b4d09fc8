// The official OpenAI SDK against the gateway.
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { WorldNow } from './calls-suite.ts';
import { costUsd, expectHeaders, question } from './curl.ts';

const weather: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const model = 'gpt-4o-mini';

export function openaiTests(world: WorldNow): void {
  const client = () => new OpenAI({ baseURL: `${world().url}/v1`, apiKey: world().key, maxRetries: 0 });

  describe('the openai SDK', () => {
    test('an answer in one piece', async () => {
      const { data, response } = await client()
        .chat.completions.create({ model, messages: [question] })
        .withResponse();
      expect(data.choices[0]?.finish_reason).toBe('stop');
      expect(data.choices[0]?.message.content).not.toBe('');
      expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
      expectHeaders(response.headers);
    });

    test('a stream whose pieces make the answer, with the cost in its last usage frame', async () => {
      const request = { model, messages: [question] };
      const whole = await client().chat.completions.create(request);
      const asked = { ...request, stream: true, stream_options: { include_usage: true } } as const;
      const stream = await client().chat.completions.create(asked);
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      let books: { cost_usd?: string } | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        ({ usage, x_waybill: books } = chunk as typeof chunk & { x_waybill?: typeof books });
      }
      expect(text).toBe(whole.choices[0]?.message.content);
      expect(usage).toMatchObject(whole.usage ?? {});
      expect(books?.cost_usd).toMatch(/^0\.\d+$/);
      expect(Number(books?.cost_usd)).toBe(costUsd(usage!.prompt_tokens, usage!.completion_tokens));
    });

    test('a tool call in one piece, its result, and the answer to it', async () => {
      const ask = { role: 'user', content: 'What is the weather in Lisbon?' } as const;
      const { choices } = await client().chat.completions.create({ model, messages: [ask], tools: [weather] });
      expect(choices[0]?.finish_reason).toBe('tool_calls');
      const message = choices[0]!.message;
      const call = message.tool_calls?.[0] as OpenAI.Chat.ChatCompletionMessageFunctionToolCall;
      expect(call.function.name).toBe('get_weather');
      expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Lisbon' });
      const result = { role: 'tool', tool_call_id: call.id, content: 'mist, 18 degrees' } as const;
      const answer = await client().chat.completions.create({
        model,
        messages: [ask, message, result],
        tools: [weather],
        tool_choice: 'none',
      });
      expect(answer.choices[0]?.finish_reason).toBe('stop');
    });

    test('a streamed tool call', async () => {
      const ask = { role: 'user', content: 'What is the weather in Lisbon?' } as const;
      const stream = client().chat.completions.stream({ model, messages: [ask], tools: [weather] });
      const [call] = (await stream.finalChatCompletion()).choices[0]?.message.tool_calls ?? [];
      expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
      expect(call?.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'Lisbon' });
    });

    test('the models, of which the first can chat', async () => {
      const models = [];
      for await (const each of client().models.list()) models.push(each);
      expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(['smart', 'gpt-4o', 'claude-haiku-4-5']));
      const first = models[0]?.id ?? '';
      const { choices } = await client().chat.completions.create({ model: first, messages: [question] });
      expect(choices[0]?.message.content).not.toBe('');
    });
  });
}
