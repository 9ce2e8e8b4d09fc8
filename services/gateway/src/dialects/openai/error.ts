import type { Fault } from '@waybill/kernel';
import type { ErrorAnswer } from '../dialect.ts';
import { wordsOf } from '../faults.ts';

/** OpenAI's error, with our facts about it in `details`. */
export function writeError(fault: Fault): ErrorAnswer {
  const words = wordsOf(fault);
  const error = {
    message: fault.message,
    type: words.openaiType,
    param: fault.details.field || null,
    code: words.openaiCode,
    details: fault.details,
  };
  return { status: words.status, body: JSON.stringify({ error }) };
}
