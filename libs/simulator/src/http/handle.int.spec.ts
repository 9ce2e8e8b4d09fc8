// What clients send that they should not.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ bodyLimitBytes: 10_000, callIdHeader: 'x-attempt' });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

const headers = { authorization: 'Bearer good', 'x-goog-api-key': 'good', 'anthropic-version': '2023-06-01' };
const post = (path: string, body: string, more: Record<string, string> = {}) =>
  fetch(simulator.url + path, { method: 'POST', headers: { ...headers, ...more }, body });
const paths = [
  '/openai/v1/chat/completions',
  '/openai/v1/embeddings',
  '/anthropic/v1/messages',
  '/anthropic/v1/messages/count_tokens',
  '/gemini/v1beta/models/m:generateContent',
  '/ollama/api/chat',
];

test.each(paths)('%s: broken JSON, a body too large, no body', async (path) => {
  expect((await post(path, '{"model":')).status).toBe(400);
  expect((await post(path, '[]')).status).toBe(400);
  expect((await post(path, '')).status).toBe(400);
  const large = await post(path, `"${'x'.repeat(10_001)}"`);
  expect(large.status).toBe(413);
  expect(await large.json()).toHaveProperty('error');
});

test('any JSON in any field gets an answer or a refusal, never a crash', async () => {
  const field = fc.constantFrom(
    ...['model', 'messages', 'contents', 'tools', 'tool_choice', 'toolConfig', 'stream', 'max_tokens', 'stop'],
    ...['generationConfig', 'response_format', 'system', 'input', 'thinking', 'options', 'format', 'stream_options'],
  );
  const usual = {
    model: 'm',
    max_tokens: 5,
    input: 'x',
    messages: [{ role: 'user', content: 'use the tool' }],
    contents: [{ parts: [{ text: 'use the tool' }] }],
    tools: [{ type: 'function', name: 'f', function: { name: 'f' }, input_schema: {} }],
  };
  const bodies = fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), bodies, async (path, odd) => {
      const { status } = await post(path, JSON.stringify({ ...usual, ...odd }));
      expect([200, 400]).toContain(status);
    }),
    { numRuns: 300 },
  );
});

test('a path nobody serves', async () => {
  expect((await post('/elsewhere', '{}')).status).toBe(404);
  const inDialect = await post('/openai/v1/elsewhere', '{}');
  expect(await inDialect.json()).toMatchObject({ error: { message: expect.stringContaining('/elsewhere') } });
});

describe('directives', () => {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] });
  const ask = async (more: Record<string, string>) => {
    const reply = await post('/v1/chat/completions', body, more);
    return { status: reply.status, body: await reply.json() };
  };

  test('in a header win over a rule', async () => {
    simulator.setFaults([{ directives: 'output=5' }]);
    expect((await ask({})).body).toMatchObject({ usage: { completion_tokens: 5 } });
    const header = { 'x-simulator-directives': 'output=9' };
    expect((await ask(header)).body).toMatchObject({ usage: { completion_tokens: 9 } });
  });

  test('a rule makes a model unknown', async () => {
    simulator.setFaults([{ model: 'gpt-4o-mini', directives: 'fault=not-found' }]);
    expect(await ask({})).toMatchObject({ status: 404, body: { error: { code: 'model_not_found' } } });
  });

  test("the caller's own id is on the bill", async () => {
    await ask({ 'x-attempt': 'call-7/2' });
    expect(simulator.bill().lines[0]?.gatewayCallId).toBe('call-7/2');
  });
});
