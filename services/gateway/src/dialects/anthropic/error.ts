import type { Fault } from '@waybill/kernel';
import type { ErrorAnswer } from '../dialect.ts';
import { wordsOf } from '../faults.ts';

/** Anthropic's error, with our facts about it in `details`. */
export function writeError(fault: Fault): ErrorAnswer {
  const words = wordsOf(fault);
  const error = { type: words.anthropicType, message: fault.message, details: fault.details };
  return {
    status: words.status,
    body: JSON.stringify({ type: 'error', error, request_id: fault.details.call_id ?? null }),
  };
}
