// OpenAI's legacy completions: a prompt is asked as what a user says, so that every provider can answer it.
import type { Dialect } from '../dialect.ts';
import { writeError } from '../openai/error.ts';
import { readCompletionsRequest } from './read.ts';

export const openaiCompletions: Dialect = {
  name: 'openai.completions',
  read: readCompletionsRequest,
  error: writeError,
};
