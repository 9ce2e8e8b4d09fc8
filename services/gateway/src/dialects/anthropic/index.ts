// Anthropic's messages.
import type { Dialect } from '../dialect.ts';
import { writeMessage } from './answer.ts';
import { writeError } from './error.ts';
import { messageFrames } from './frames.ts';
import { readMessagesRequest } from './read.ts';

export const anthropicMessages: Dialect = {
  name: 'anthropic.messages',
  read: readMessagesRequest,
  whole: writeMessage,
  frames: messageFrames,
  error: writeError,
};
