// The plain JSON of /api/ai/chat.
import type { Dialect } from '../dialect.ts';
import { writeError } from './error.ts';
import { readPlainRequest } from './read.ts';

export const waybillChat: Dialect = {
  name: 'waybill.chat',
  read: readPlainRequest,
  error: writeError,
};
