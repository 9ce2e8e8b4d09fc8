// The official Anthropic SDK against the gateway; the model behind it is of whichever vendor the name leads to.
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import type { WorldNow } from './calls-suite.ts';
import { expectHeaders, question } from './curl.ts';

export function anthropicTests(world: WorldNow): void {
  const client = () => new Anthropic({ baseURL: world().url, apiKey: world().key, maxRetries: 0 });

  describe('the Anthropic SDK', () => {
    test.each(['gpt-4o-mini', 'claude-haiku-4-5'])('an answer in one piece from %s', async (model) => {
      const asked = { model, max_tokens: 100, messages: [question] };
      const { data, response } = await client().messages.create(asked).withResponse();
      expect(data).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
      expect(data.content[0]).toMatchObject({ type: 'text', text: expect.stringMatching(/\w/) });
      expect(data.usage.output_tokens).toBeGreaterThan(0);
      if (model === 'gpt-4o-mini') expectHeaders(response.headers);
    });

    test.each(['gpt-4o-mini', 'claude-haiku-4-5'])('a stream from %s that is the same answer', async (model) => {
      const request = { model, max_tokens: 100, messages: [question] };
      const whole = await client().messages.create(request);
      const streamed = await client().messages.stream(request).finalMessage();
      expect(streamed.content).toEqual(whole.content);
      expect(streamed.stop_reason).toBe(whole.stop_reason);
      expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    });

    test('a tool call', async () => {
      const message = await client().messages.create({
        model: 'claude-haiku-4-5',
        max_tokens: 200,
        messages: [{ role: 'user', content: 'What is the weather in Lisbon?' }],
        tools: [{ name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
      });
      expect(message.stop_reason).toBe('tool_use');
      const call = message.content.find(({ type }) => type === 'tool_use');
      expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Lisbon' } });
    });

    test.each(['claude-haiku-4-5', 'gpt-4o-mini'])('the tokens of a prompt for %s', async (model) => {
      const { data, response } = await client()
        .messages.countTokens({ model, messages: [question] })
        .withResponse();
      expect(data.input_tokens).toBeGreaterThan(0);
      const isEstimate = response.headers.get('x-waybill-warnings')?.startsWith('input_tokens is an estimate') ?? false;
      expect(isEstimate).toBe(model === 'gpt-4o-mini');
    });
  });
}
