import type { Fault } from '@waybill/kernel';
import type { ErrorAnswer } from '../dialect.ts';
import { wordsOf } from '../faults.ts';

export function writeError(fault: Fault): ErrorAnswer {
  const words = wordsOf(fault);
  const error = {
    code: fault.details.reason ?? fault.kind,
    message: fault.message,
    type: words.waybillType,
    provider: fault.details.provider_id?.toUpperCase() ?? null,
    retryable: words.retryable,
    details: fault.details,
  };
  return { status: words.status, body: JSON.stringify({ error }) };
}
