// OpenAI's responses. Nothing is stored: each request carries its whole conversation.
import type { Dialect } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { readResponsesRequest } from './read.ts';

export const openaiResponses: Dialect = {
  name: 'openai.responses',
  read: readResponsesRequest,
  error: writeError,
};
