// An answer that cites its sources, in each dialect.
import { describe, expect, test } from '@jest/globals';
import type { CitedSource } from '@waybill/contracts';
import OpenAI from 'openai';
import { answering, type EdgeBench, ending, openEdgeBench, part, started, text } from '../testing/edge-bench.ts';

const page: CitedSource = { id: 'doc_0', title: 'Fog', url: 'https://example.com/fog' };
const file: CitedSource = { id: 'doc_1', title: 'notes.txt', url: '' };
const cited = { start_index: 6, end_index: 10, title: 'Fog', url: 'https://example.com/fog' };
const leftOut = /answer\.citations/;

async function citing(...sources: CitedSource[]): Promise<EdgeBench> {
  const bench = await openEdgeBench();
  const citation = part({ part: { $case: 'citation', value: { start: 6, end: 10, text: 'mist', sources } } });
  const parts = [started, text('It is '), text('mist.'), citation, ...ending()];
  bench.conduct = async (incoming) => answering(incoming, { parts });
  return bench;
}

function openai({ url }: EdgeBench): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
}

function post({ url }: EdgeBench, path: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const messages = [{ role: 'user' as const, content: 'What is it?' }];
const chat = { model: 'fast', messages };

describe('chat completions', () => {
  test('have annotations', async () => {
    const client = openai(await citing(page));
    const { data, response } = await client.chat.completions.create(chat).withResponse();
    expect(data.choices[0]?.message.annotations).toEqual([{ type: 'url_citation', url_citation: cited }]);
    expect(response.headers.get('x-waybill-warnings')).toBeNull();
  });

  test('have them in their streams', async () => {
    const client = openai(await citing(page));
    const annotations: unknown[] = [];
    for await (const { choices } of await client.chat.completions.create({ ...chat, stream: true })) {
      const delta = choices[0]?.delta as { readonly annotations?: unknown[] } | undefined;
      annotations.push(...(delta?.annotations ?? []));
    }
    expect(annotations).toEqual([{ type: 'url_citation', url_citation: cited }]);
  });

  test('have no place for what has no address, and say so', async () => {
    const client = openai(await citing(page, file));
    const { data, response } = await client.chat.completions.create(chat).withResponse();
    expect(data.choices[0]?.message.annotations).toHaveLength(1);
    expect(response.headers.get('x-waybill-warnings')).toMatch(leftOut);
  });
});

describe('responses', () => {
  const annotation = { type: 'url_citation', ...cited };

  test('have annotations', async () => {
    const client = openai(await citing(page));
    const { data, response } = await client.responses.create({ model: 'fast', input: 'What?' }).withResponse();
    expect(data.output).toMatchObject([{ content: [{ text: 'It is mist.', annotations: [annotation] }] }]);
    expect(response.headers.get('x-waybill-warnings')).toBeNull();
  });

  test('have them in their streams, and at the end', async () => {
    const client = openai(await citing(page));
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    const stream = await client.responses.create({ model: 'fast', input: 'What?', stream: true });
    for await (const event of stream) events.push(event);
    expect(events.filter(({ type }) => type === 'response.output_text.annotation.added')).toMatchObject([
      { output_index: 0, content_index: 0, annotation_index: 0, annotation },
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output: [{ content: [{ annotations: [annotation] }] }] },
    });
  });
});

test('/api/ai/chat tells all there is to tell', async () => {
  const bench = await citing(page, file);
  const citations = [{ start: 6, end: 10, text: 'mist', sources: [page, file] }];
  const whole = await post(bench, '/api/ai/chat', chat);
  expect(whole.headers.get('x-waybill-warnings')).toBeNull();
  expect(await whole.json()).toMatchObject({ choices: [{ message: { content: 'It is mist.', citations } }] });
  const streamed = await (await post(bench, '/api/ai/chat', { ...chat, stream: true })).text();
  expect(streamed).toContain(`"delta":{"citations":${JSON.stringify(citations)}}`);
});

test.each([
  ['/v1/messages', { ...chat, max_tokens: 9 }],
  ['/v1/completions', { model: 'fast', prompt: 'What is it?' }],
  ['/api/generate', { ai_model: 'fast', prompt: 'What is it?' }],
])('%s has no place for them, and says so', async (path, body) => {
  const answer = await post(await citing(page), path, body);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-waybill-warnings')).toMatch(leftOut);
});
