// POST /embeddings.
import { type Json, type JsonRecord, listOf, textOf } from '../../json.ts';
import type { EmbeddingReply, EmbeddingRequest } from '../dialect.ts';
import { readCap, readModel } from '../reading.ts';
import { invalid, type Refusal } from '../refusal.ts';

export function readEmbedding(body: JsonRecord): EmbeddingRequest | Refusal {
  const model = readModel(body);
  if (typeof model !== 'string') return model;
  const texts = inputTexts(body.input);
  if (texts.length === 0 || texts.includes('')) return invalid("'$.input' is invalid.", 'input');
  const dimensions = readCap(body.dimensions, 'dimensions');
  if (typeof dimensions === 'object') return dimensions;
  return { model, texts, dimensions, encoding: body.encoding_format === 'base64' ? 'base64' : 'float' };
}

/** A text, several texts, one text as token numbers, or several such; a token number stands for one word. */
function inputTexts(input: Json | undefined): string[] {
  if (typeof input === 'string') return [input];
  const entries = listOf(input);
  if (entries.every((entry) => typeof entry === 'number')) return entries.length > 0 ? [entries.join(' ')] : [];
  return entries.map((entry) => (Array.isArray(entry) ? entry.join(' ') : textOf(entry)));
}

export function embeddingList(reply: EmbeddingReply): JsonRecord {
  return {
    object: 'list',
    data: reply.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: reply.encoding === 'base64' ? base64(vector) : [...vector],
    })),
    model: reply.model,
    usage: reply.usage,
  };
}

function base64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
