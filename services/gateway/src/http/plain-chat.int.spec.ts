// POST /api/ai/chat and GET /api/ai/health.
import { expect, test } from '@jest/globals';
import { ProviderStanding } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import { type EdgeBench, openEdgeBench } from '../testing/edge-bench.ts';

const hello = { model: 'fast', messages: [{ role: 'user', content: 'Hello!' }], maxTokens: 100, temperature: 0.7 };

function chat({ url }: EdgeBench, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/api/ai/chat`, { method: 'POST', headers, body: JSON.stringify(body) });
}

test('an answer has the provider in upper case and an exact cost', async () => {
  const bench = await openEdgeBench();
  const answer = await chat(bench, { ...hello, stream: false });
  const sent = await answer.text();
  expect(sent).toContain('"cost":0.0005253}');
  expect(JSON.parse(sent)).toEqual({
    id: 'chatcmpl-call_1',
    object: 'chat.completion',
    created: expect.any(Number),
    model: 'fast-2026',
    provider: 'SIM',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello world' }, finishReason: 'stop' }],
    usage: { promptTokens: 9, completionTokens: 5, totalTokens: 14, cost: 0.0005253 },
  });
  expect(bench.incoming[0]).toMatchObject({
    dialect: 'waybill.chat',
    call: { task: { value: { maxOutputTokens: 100, sampling: { temperature: 0.7 }, stream: false } } },
  });
});

test('a stream has frames in camel case, the cost in the last of them, and [DONE]', async () => {
  const bench = await openEdgeBench();
  const frames = (await (await chat(bench, { ...hello, stream: true })).text()).trim().split('\n\n');
  expect(frames.pop()).toBe('data: [DONE]');
  const chunks = frames.map((frame) => JSON.parse(frame.replace('data: ', '')));
  expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')).toBe('hello world');
  expect(chunks.at(-1)).toMatchObject({ choices: [{ finishReason: 'stop' }], usage: { totalTokens: 14 } });
});

test('a preferred provider is a wish that goes with the call', async () => {
  const bench = await openEdgeBench();
  const answer = await chat(bench, { ...hello, preferredProvider: 'OPENAI' });
  expect(answer.headers.get('x-waybill-warnings')).toBeNull();
  expect(bench.incoming[0]?.wishes).toEqual({ preferredProvider: 'OPENAI' });
});

test('an error names the field as the caller knows it', async () => {
  const answer = await chat(await openEdgeBench(), { ...hello, maxTokens: 'many' });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: {
      type: 'invalid_request',
      message: 'maxTokens is a string; give a number',
      retryable: false,
      details: { field: 'maxTokens' },
    },
  });
});

test('a limit is an error that may be tried again', async () => {
  const bench = await openEdgeBench();
  bench.conduct = () => Promise.reject(new FaultError(fault('limited', 'wait', { retryAfterMs: 1_500 })));
  const answer = await chat(bench, hello);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2']);
  expect(await answer.json()).toMatchObject({ error: { type: 'rate_limit', retryable: true } });
});

test.each([
  [[true, true], 200, 'healthy'],
  [[true, false], 200, 'degraded'],
  [[false], 503, 'unhealthy'],
])('health with providers %j is %i %s', async (healthy, status, word) => {
  const providers = healthy.map((isWell, index) =>
    ProviderStanding.fromPartial({ providerId: `p${index}`, kind: 'openai', healthy: isWell }),
  );
  const told = {
    countTokens: async () => ({ inputTokens: undefined }),
    listProviders: async () => ({ providers }),
    listUpstreamModels: async () => ({ providers: [] }),
  };
  const bench = await openEdgeBench({ neighbours: { providers: told } });
  const answer = await fetch(`${bench.url}/api/ai/health`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ status: word, services: { providers: { P0: expect.anything() } } });
});
