// Vectors that are near each other where texts share words.
import { hashText } from '../random.ts';

const MARKS_PER_WORD = 16;
const dimensionsOf: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
  'nomic-embed-text': 768,
  'embed-v4.0': 1536,
  'gemini-embedding-001': 3072,
  'gemini-embedding-2': 3072,
};
const OTHER_DIMENSIONS = 256;
const MOST_DIMENSIONS = 4096;

export function embeddingDimensions(model: string, asked: number | undefined): number {
  return Math.min(asked ?? dimensionsOf[model] ?? OTHER_DIMENSIONS, MOST_DIMENSIONS);
}

/** Each word leaves a few marks at places that its hash decides; the whole has length 1. */
export function embedText(text: string, dimensions: number, seed: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/\S+/g) ?? ['']) {
    for (let mark = 0; mark < MARKS_PER_WORD; mark += 1) {
      const hash = hashText(word, seed + mark * 7919);
      const place = hash % dimensions;
      vector[place] = (vector[place] as number) + (hash & 0x10000 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
