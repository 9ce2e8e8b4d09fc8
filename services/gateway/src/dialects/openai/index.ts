// OpenAI's chat completions.
import type { Dialect } from '../dialect.ts';
import { writeError } from './error.ts';
import { readChatRequest } from './read.ts';

export const openaiChat: Dialect = {
  name: 'openai.chat',
  read: readChatRequest,
  error: writeError,
};
