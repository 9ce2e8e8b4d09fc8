// The canonical answer -> OpenAI's list of embeddings.
import type { EmbeddingVector, Reply } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { AnswerEnding, AnswerLabel } from '../dialect.ts';
import { hasFigures, promptTokens } from '../token-totals.ts';

export interface EmbeddingsAsked {
  /** How many vectors there have to be. */
  readonly inputs: number;
  readonly encoding: 'float' | 'base64';
}

export function writeEmbeddings({ inputs, encoding }: EmbeddingsAsked) {
  return (reply: Reply, { model }: AnswerLabel, { usage }: AnswerEnding): string => {
    const vectors = [...reply.embeddings].sort((one, other) => one.index - other.index);
    if (vectors.length !== inputs || vectors.some(({ index }, position) => index !== position)) throw incomplete();
    const tokens = hasFigures(usage) ? promptTokens(usage) : undefined;
    return JSON.stringify({
      object: 'list',
      data: vectors.map(({ index, values }) => ({ object: 'embedding', index, embedding: writers[encoding](values) })),
      model,
      ...(tokens !== undefined && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    });
  };
}

const writers: Readonly<Record<EmbeddingsAsked['encoding'], (values: EmbeddingVector['values']) => unknown>> = {
  // The contract's floats have 32 bits: the same numbers, whatever way the vector came.
  float: (values) => values.map(Math.fround),
  base64: writeLittleEndian,
};

function writeLittleEndian(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [position, value] of values.entries()) bytes.writeFloatLE(value, position * 4);
  return bytes.toString('base64');
}

function incomplete(): FaultError {
  return new FaultError(fault('upstream', 'the provider did not give one vector for each input'));
}
