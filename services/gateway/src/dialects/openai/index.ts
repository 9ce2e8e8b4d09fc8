// OpenAI's chat completions.
import type { Dialect } from '../dialect.ts';
import { writeCompletion } from './answer.ts';
import { writeError } from './error.ts';
import { completionFrames } from './frames.ts';
import { readChatRequest } from './read.ts';

export const openaiChat: Dialect = {
  name: 'openai.chat',
  read: readChatRequest,
  whole: writeCompletion,
  frames: completionFrames,
  error: writeError,
};
