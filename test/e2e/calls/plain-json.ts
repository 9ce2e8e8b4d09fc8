// The gateway's own JSON: /api/ai/chat and /api/generate, to the letter of the documents they come from.
import { describe, expect, test } from '@jest/globals';
import type { WorldNow } from './calls-suite.ts';
import { costUsd, post } from './curl.ts';

export function plainJsonTests(world: WorldNow): void {
  describe('/api/ai/chat', () => {
    const asked = {
      model: 'smart',
      messages: [{ role: 'user', content: 'Hello!' }],
      maxTokens: 100,
      temperature: 0.7,
      stream: false,
    };

    test.each([
      [undefined, 'OPENAI'],
      ['OPENAI', 'OPENAI'],
      ['ANTHROPIC', 'ANTHROPIC'],
      ['GOOGLE', 'GEMINI'],
    ])('with the preferred provider %s is answered by %s', async (preferredProvider, provider) => {
      const { status, headers, text } = await post(world(), '/api/ai/chat', { ...asked, preferredProvider });
      expect(status).toBe(200);
      expect(headers.get('x-waybill-warnings')).toBeNull();
      const answer = JSON.parse(text);
      expect(answer).toEqual({
        id: expect.stringMatching(/^chatcmpl-/),
        object: 'chat.completion',
        created: expect.any(Number),
        model: expect.any(String),
        provider,
        choices: [
          { index: 0, message: { role: 'assistant', content: expect.stringMatching(/\w/) }, finishReason: 'stop' },
        ],
        usage: {
          promptTokens: expect.any(Number),
          completionTokens: expect.any(Number),
          totalTokens: answer.usage.promptTokens + answer.usage.completionTokens,
          cost: Number(headers.get('x-waybill-cost-usd')),
        },
      });
      expect(answer.usage.cost).toBeGreaterThan(0);
    });

    test('a preferred provider without a candidate is said', async () => {
      const { status, text } = await post(world(), '/api/ai/chat', { ...asked, preferredProvider: 'COHERE' });
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ provider: 'OPENAI', warnings: [{ subject: 'preferred_provider' }] });
    });
  });

  describe('/api/generate', () => {
    const task = {
      ai_model: 'gpt-4o-mini',
      task_id: 'B',
      language: 'python',
      temperature: 0.7,
      max_tokens: 2048,
      prompt: 'Read a file as JSON.',
      system_message: 'You are an expert Python developer.',
      timeout: 60,
      retry_config: { max_attempts: 3, backoff_strategy: 'exponential', backoff_factor: 2 },
    };

    test('answers a task with code and what it took', async () => {
      const { status, headers, text } = await post(world(), '/api/generate', task);
      expect(status).toBe(200);
      const answer = JSON.parse(text);
      expect(answer).toMatchObject({ success: true, ai_model: 'gpt-4o-mini', model_version: 'gpt-4o-mini-2024-07-18' });
      expect(answer).toMatchObject({ code: expect.stringMatching(/\w/), errors: [] });
      const { input, output } = answer.metadata.tokens_used;
      expect(answer.metadata).toMatchObject({ api_provider: 'openai', attempts: 1, cost: costUsd(input, output) });
      expect(answer.metadata.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(answer.metadata.latency_ms).toBeGreaterThan(0);
      expect(answer.metadata.call_id).toBe(headers.get('x-waybill-call-id'));
    });

    test('says in its own shape what is wrong', async () => {
      const { status, text } = await post(world(), '/api/generate', { ...task, ai_model: 'gpt-0' });
      expect(status).toBe(404);
      expect(JSON.parse(text)).toMatchObject({ success: false, code: null, errors: [{ code: 'not_found' }] });
    });
  });
}
