// The plain JSON of /api/generate: one task in, code out.
import type { Dialect } from '../dialect.ts';
import { writeFailedTask } from './answer.ts';
import { readGenerateRequest } from './read.ts';

export const waybillGenerate: Dialect = {
  name: 'waybill.generate',
  read: readGenerateRequest,
  error: writeFailedTask,
};
