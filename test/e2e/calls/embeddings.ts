// Embeddings, by the official OpenAI SDK and by our own client.
import { describe, expect, test } from '@jest/globals';
import { createWaybillClient, embedding } from '@waybill/client';
import OpenAI from 'openai';
import type { WorldNow } from './calls-suite.ts';
import { expectHeaders } from './curl.ts';

const model = 'text-embedding-3-small';
const input = ['The sky is blue.', 'The sky is blue at noon.', 'Interest rates rose.'];

function likeness(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
}

export function embeddingTests(world: WorldNow): void {
  const client = () => new OpenAI({ baseURL: `${world().url}/v1`, apiKey: world().key, maxRetries: 0 });

  describe('embeddings', () => {
    test('a vector for each text, with usage of input alone and its cost', async () => {
      const { data, response } = await client().embeddings.create({ model, input }).withResponse();
      expect(data.data.map(({ index, embedding: { length } }) => [index, length])).toEqual([
        [0, 1536],
        [1, 1536],
        [2, 1536],
      ]);
      const [first, near, far] = data.data.map(({ embedding: values }) => values);
      expect(likeness(first!, near!)).toBeGreaterThan(likeness(first!, far!));
      expect(data.usage.prompt_tokens).toBeGreaterThan(0);
      expect(data.usage.total_tokens).toBe(data.usage.prompt_tokens);
      expectHeaders(response.headers, model);
      expect(Number(response.headers.get('x-waybill-cost-usd'))).toBe((data.usage.prompt_tokens * 20_000) / 1e12);
    });

    test('the same numbers, as floats and in base64, of as many dimensions as asked for', async () => {
      const asked = { model, input: 'The sky is blue.', dimensions: 64 };
      const floats = await client().embeddings.create({ ...asked, encoding_format: 'float' });
      // Without a format the SDK asks for base64 and decodes it.
      const decoded = await client().embeddings.create(asked);
      expect(floats.data[0]?.embedding).toHaveLength(64);
      expect([...decoded.data[0]!.embedding]).toEqual(floats.data[0]!.embedding);
    });

    test('from Gemini, too, which says nothing of what it used: the cost is an estimate', async () => {
      const ours = createWaybillClient({ address: world().grpcAddress, key: world().key, timeoutMs: 20_000 });
      try {
        const { reply, summary } = await ours.embed(embedding('gemini-embedding-001', input, 64));
        expect(reply.embeddings.map(({ values }) => values.length)).toEqual([64, 64, 64]);
        expect(summary).toMatchObject({ providerId: 'gemini', costEstimated: true });
        expect(summary.costPicoUsd).toBeGreaterThan(0n);
      } finally {
        await ours.close();
      }
    });

    test('token numbers are refused, since they mean another text to another model', async () => {
      const asked = client().embeddings.create({ model, input: [1, 2, 3] });
      await expect(asked).rejects.toMatchObject({ status: 400, param: 'input[0]' });
    });

    test('a model that cannot is refused', async () => {
      const asked = client().embeddings.create({ model: 'gpt-4o-mini', input });
      await expect(asked).rejects.toMatchObject({ status: 400, message: expect.stringContaining('embeddings') });
      const chat = client().chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] });
      await expect(chat).rejects.toMatchObject({ status: 400, message: expect.stringContaining('chat') });
    });

    test('by gRPC', async () => {
      const ours = createWaybillClient({ address: world().grpcAddress, key: world().key, timeoutMs: 20_000 });
      try {
        const { reply, summary } = await ours.embed(embedding(model, input, 64));
        expect(reply.embeddings.map(({ index, values }) => [index, values.length])).toEqual([
          [0, 64],
          [1, 64],
          [2, 64],
        ]);
        expect(reply.usage).toMatchObject({ outputTokens: 0 });
        expect(summary.costPicoUsd).toBe(BigInt(reply.usage?.inputTokens ?? 0) * 20_000n);
      } finally {
        await ours.close();
      }
    });
  });
}
