// Anthropic's messages.
import type { Dialect } from '../dialect.ts';
import { writeError } from './error.ts';
import { readMessagesRequest } from './read.ts';

export const anthropicMessages: Dialect = {
  name: 'anthropic.messages',
  read: readMessagesRequest,
  error: writeError,
};
