// A request of OpenAI's embeddings -> the canonical call.
import { Embedding } from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { z } from 'zod';
import type { ReadRequest } from '../dialect.ts';
import { modelName } from '../reading/fields.ts';
import { warnOfIgnored } from '../reading/ignored.ts';
import { readBody } from '../reading/problem.ts';
import { writeEmbeddings } from './answer.ts';

/** As many as OpenAI takes in one request. */
const mostInputs = 2048;

/** Numbers of tokens mean something to the tokenizer of one model only, and the call may go to another. */
const text = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' || Array.isArray(input)
        ? 'is given as tokens; give it as text, since models number their tokens differently'
        : undefined,
  })
  .min(1, { error: 'is empty; give a text' });

/** What the vectors are for, in the words that providers with OpenAI's endpoint have for it. */
const purposes = {
  document: 'document',
  passage: 'document',
  search_document: 'document',
  query: 'query',
  search_query: 'query',
  classification: 'classification',
  clustering: 'clustering',
  similarity: 'similarity',
} as const;

const embeddingsRequest = z.object({
  model: modelName,
  input: z.union([text, z.array(text).min(1).max(mostInputs)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).max(65_536).nullish(),
  input_type: z.enum(Object.keys(purposes) as (keyof typeof purposes)[]).nullish(),
  user: z.string().max(512).nullish(),
});

export function readEmbeddingsRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(embeddingsRequest, body);
  if (!read.ok) return read;
  const { model, input, encoding_format: encoding, dimensions, user } = read.value;
  const purpose = read.value.input_type ? purposes[read.value.input_type] : '';
  const inputs = typeof input === 'string' ? [input] : input;
  const value = Embedding.fromPartial({ inputs, dimensions: dimensions ?? undefined, purpose });
  return {
    ok: true,
    value: {
      call: { model, task: { $case: 'embedding', value }, endUser: '', serviceTier: '' },
      endUser: user ?? '',
      warnings: warnOfIgnored(body, read.value),
      answer: {
        whole: writeEmbeddings({ inputs: inputs.length, encoding: encoding ?? 'float' }),
        frames: undefined,
      },
    },
  };
}
