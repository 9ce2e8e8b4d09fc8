// OpenAI's embeddings.
import type { Dialect } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { readEmbeddingsRequest } from './read.ts';

export const openaiEmbeddings: Dialect = {
  name: 'openai.embeddings',
  read: readEmbeddingsRequest,
  error: writeError,
};
