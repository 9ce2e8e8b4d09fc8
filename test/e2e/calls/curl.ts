// Calls as `curl` makes them: a POST, and what comes back.
import { describe, expect, test } from '@jest/globals';
import type { World } from '../world.ts';
import type { WorldNow } from './calls-suite.ts';

export const question = { role: 'user', content: 'Why is the sky blue?' } as const;

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Posts JSON with the world's key; `headers` go before those it would send. */
export async function post(
  { url, key }: Pick<World, 'url' | 'key'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** What interfaces.md promises on each answer, but for the cost, which a stream tells later. */
export function expectHeaders(headers: Headers, model = 'gpt-4o-mini'): void {
  expect(headers.get('x-waybill-call-id')).toMatch(/^call_[0-9a-z]{26}$/);
  expect(headers.get('x-waybill-model')).toBe(model);
  expect(headers.get('x-waybill-provider')).toBe('openai');
  expect(headers.get('x-waybill-attempts')).toBe('1');
  expect(Number(headers.get('x-waybill-overhead-ms'))).toBeGreaterThan(0);
  expect(headers.get('x-waybill-simulated')).toBe('true');
}

/** 0.15 and 0.60 USD per million tokens. */
export function costUsd(inputTokens: number, outputTokens: number): number {
  return (inputTokens * 15 + outputTokens * 60) / 1e8;
}

export function curlTests(world: WorldNow): void {
  describe('curl', () => {
    test('an answer in one piece, with every header and its exact cost', async () => {
      const body = { model: 'gpt-4o-mini', messages: [question] };
      const { status, headers, text } = await post(world(), '/v1/chat/completions', body);
      expect(status).toBe(200);
      const { choices, usage } = JSON.parse(text);
      expect(choices[0].message.content).not.toBe('');
      expectHeaders(headers);
      expect(headers.get('x-waybill-cost-usd')).toMatch(/^0\.\d+$/);
      expect(Number(headers.get('x-waybill-cost-usd'))).toBe(costUsd(usage.prompt_tokens, usage.completion_tokens));
    });

    test('a stream: frames, the headers, and the terminator', async () => {
      const body = { model: 'gpt-4o-mini', messages: [question], stream: true };
      const { status, headers, text } = await post(world(), '/v1/chat/completions', body);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toContain('text/event-stream');
      expectHeaders(headers);
      expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    });

    test('a route, whose model and provider the headers name', async () => {
      const { headers } = await post(world(), '/v1/chat/completions', { model: 'smart', messages: [question] });
      expectHeaders(headers);
    });

    test('/api/ai/chat: plain JSON in camel case, with its cost', async () => {
      const body = { model: 'gpt-4o-mini', messages: [question], maxTokens: 40 };
      const { status, headers, text } = await post(world(), '/api/ai/chat', body);
      expect(status).toBe(200);
      expectHeaders(headers);
      const answer = JSON.parse(text);
      expect(answer).toMatchObject({ object: 'chat.completion', provider: 'OPENAI' });
      expect(answer.choices[0].message.role).toBe('assistant');
      expect(answer.usage.totalTokens).toBe(answer.usage.promptTokens + answer.usage.completionTokens);
      expect(answer.usage.cost).toBe(costUsd(answer.usage.promptTokens, answer.usage.completionTokens));
    });

    test('the same idempotency key gives the same answer once, and refuses another body', async () => {
      const headers = { 'idempotency-key': 'order-17' };
      const body = { model: 'gpt-4o-mini', messages: [question] };
      const first = await post(world(), '/v1/chat/completions', body, headers);
      const second = await post(world(), '/v1/chat/completions', body, headers);
      expect(JSON.parse(second.text).choices).toEqual(JSON.parse(first.text).choices);
      const third = await post(world(), '/v1/chat/completions', { ...body, model: 'gpt-4o' }, headers);
      expect(third.status).toBe(409);
    });
  });
}
