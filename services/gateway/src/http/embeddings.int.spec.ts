// POST /v1/embeddings, with OpenAI's own client as the judge.
import { expect, test } from '@jest/globals';
import { type ReplyPart, UsageSource } from '@waybill/contracts';
import OpenAI from 'openai';
import { answering, type EdgeBench, ending, openEdgeBench, part, started, usage } from '../testing/edge-bench.ts';

const model = 'small';

function clientOf({ url }: EdgeBench): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'whatever', maxRetries: 0 });
}

function vector(index: number, ...values: number[]) {
  return part({ part: { $case: 'embedding', value: { index, values } } });
}

const finish = ending()[1]!;
const inputOnly = { ...usage, outputTokens: 0, reasoningTokens: 0 };
const usagePart = part({ part: { $case: 'usage', value: inputOnly } });

async function openBench(...parts: ReplyPart[]): Promise<EdgeBench> {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts: [started, ...parts, usagePart, finish] });
  return bench;
}

test('vectors come in the order of their texts', async () => {
  const bench = await openBench(vector(1, 0.25, 1), vector(0, 0.1, -0.5));
  const { data, usage: told } = await clientOf(bench).embeddings.create({
    model,
    input: ['one', 'two'],
    encoding_format: 'float',
  });
  expect(data).toEqual([
    { object: 'embedding', index: 0, embedding: [Math.fround(0.1), -0.5] },
    { object: 'embedding', index: 1, embedding: [0.25, 1] },
  ]);
  expect(told).toEqual({ prompt_tokens: 9, total_tokens: 9 });
  expect(bench.incoming[0]).toMatchObject({
    dialect: 'openai.embeddings',
    call: { model, task: { $case: 'embedding', value: { inputs: ['one', 'two'] } } },
  });
});

test('base64 holds the same numbers', async () => {
  const bench = await openBench(vector(0, 0.1, -0.5));
  const { data } = await clientOf(bench).embeddings.create({ model, input: 'one', dimensions: 2, user: 'ann' });
  expect([...data[0]!.embedding]).toEqual([Math.fround(0.1), -0.5]);
  expect(bench.incoming[0]?.call).toMatchObject({ endUser: 'u_default_3', task: { value: { dimensions: 2 } } });
});

test('what the vectors are for goes with the call', async () => {
  const bench = await openBench(vector(0, 1));
  const asked = { model, input: 'one', input_type: 'search_query' };
  await clientOf(bench).embeddings.create(asked);
  expect(bench.incoming[0]?.call).toMatchObject({ task: { value: { purpose: 'query' } } });
});

test('a text without its vector makes no list', async () => {
  const bench = await openBench(vector(1, 1));
  const asked = clientOf(bench).embeddings.create({ model, input: ['one', 'two'] });
  await expect(asked).rejects.toMatchObject({ status: 502, code: 'upstream_error' });
});

test('there is no usage where it is unknown', async () => {
  const bench = await openEdgeBench();
  const unknown = part({ part: { $case: 'usage', value: { source: UsageSource.UNKNOWN } } });
  bench.conduct = async (incoming) => answering(incoming, { parts: [vector(0, 1), unknown, finish] });
  expect((await clientOf(bench).embeddings.create({ model, input: 'one' })).usage).toBeUndefined();
});

test.each([
  [{ input: [1, 2] }, 'input[0] is given as tokens; give it as text, since models number their tokens differently'],
  [{ input: [[1], [2]] }, 'input[0] is given as tokens; give it as text, since models number their tokens differently'],
  [{ input: '' }, 'input is empty; give a text'],
  [{ input: ['a', ''] }, 'input[1] is empty; give a text'],
  [{ input: [] }, 'input is out of range; give a number of entries of at least 1'],
  [{}, 'input is missing; give a string or an array'],
  [{ input: 'a', encoding_format: 'int8' }, 'encoding_format is "int8"; give one of float, base64'],
  [{ input: 'a', dimensions: 0 }, 'dimensions is out of range; give a number of at least 1'],
])('%j is refused', async (fields, message) => {
  const { url } = await openEdgeBench();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ model, ...fields });
  const answer = await fetch(`${url}/v1/embeddings`, { method: 'POST', headers, body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining(message) } });
});
