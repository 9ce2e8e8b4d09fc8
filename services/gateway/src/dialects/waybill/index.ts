// The plain JSON of /api/ai/chat.
import type { Dialect } from '../dialect.ts';
import { writePlainAnswer } from './answer.ts';
import { writeError } from './error.ts';
import { plainFrames } from './frames.ts';
import { readPlainRequest } from './read.ts';

export const waybillChat: Dialect = {
  name: 'waybill.chat',
  read: readPlainRequest,
  whole: writePlainAnswer,
  frames: plainFrames,
  error: writeError,
};
